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
"""Charts, each deployed as one release."""


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


def release_of(lab: LabHandle, chart: str = APPLICATION) -> str:
    """What Helm calls the release of a chart."""
    return _name(lab, chart, "release")


def namespace_of(lab: LabHandle, chart: str = APPLICATION) -> str:
    """The namespace of a chart's release."""
    return _name(lab, chart, "namespace")


def some_node(lab: LabHandle) -> str:
    """The name of one node."""
    return str(next(iter(lab.status()["cluster"]["nodes"])))


def _name(lab: LabHandle, chart: str, of: str) -> str:
    part = "application" if chart == APPLICATION else "infrastructure"
    return str(lab.status()["cluster"][f"{part}_{of}"])
