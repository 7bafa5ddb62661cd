"""Which cluster answered."""

from __future__ import annotations

from dataclasses import dataclass

from golive.clients.kubernetes import SYSTEM, ClusterClient
from golive.errors import ProtocolBroken

OLDEST = "/api/v1/namespaces/kube-system"


@dataclass(frozen=True)
class ClusterIdentity:
    """The uid of the namespace kube-system, which lives as long as its cluster.

    OpenTelemetry's semantic conventions call it ``k8s.cluster.uid``.
    """

    cluster_uid: str


def cluster_identity(client: ClusterClient) -> ClusterIdentity:
    """Raises the client's typed errors, and ProtocolBroken where the namespace has no uid."""
    uid = str(client.get(OLDEST)["metadata"].get("uid", ""))
    if not uid:
        raise ProtocolBroken(SYSTEM, "namespace kube-system has no uid", hint="kubectl get ns kube-system -o yaml")
    return ClusterIdentity(uid)
