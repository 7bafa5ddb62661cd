"""A running lab's cluster, from its folder alone: for worlds and tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

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


@contextmanager
def changed(api: ClusterApi, path: str, change: Mapping[str, Any], back: Mapping[str, Any]) -> Iterator[None]:
    """An object after that merge patch; on leaving it has been patched back."""
    api.patch(path, change)
    try:
        yield
    finally:
        api.patch(path, back)


def namespace_of(lab: LabHandle, release: str = APPLICATION) -> str:
    """The namespace of a Helm release."""
    names = lab.status()["cluster"]
    return str(names["application_namespace" if release == APPLICATION else "infrastructure_namespace"])
