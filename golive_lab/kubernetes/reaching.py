"""A running lab's cluster, from its folder alone: for worlds and tests."""

from __future__ import annotations

import json
from typing import Final

from golive_lab.control import LabHandle
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.place import FOLDER

INFRASTRUCTURE: Final = "infrastructure"
APPLICATION: Final = "market-intelligence"
"""Helm's releases."""


def cluster(lab: LabHandle) -> ClusterApi:
    """The cluster's API as its administrator."""
    kubeconfig = json.loads((lab.folder / FOLDER / "admin.kubeconfig").read_text(encoding="utf-8"))
    certificates = lab.folder / "certificates"
    user = (certificates / f"cluster-ca-user-admin{suffix}" for suffix in (".pem", ".key"))
    return ClusterApi(kubeconfig["clusters"][0]["cluster"]["server"], certificates / "cluster-ca.pem", *user)


def namespace_of(lab: LabHandle, release: str = APPLICATION) -> str:
    """The namespace of a Helm release."""
    names = lab.status()["cluster"]
    return str(names["application_namespace" if release == APPLICATION else "infrastructure_namespace"])
