"""Persistent volumes: whether each claim is bound, of the declared class and size, and outlives what uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from golive.clients.kubernetes import ClusterClient
from golive.facts.quantity import bytes_of
from golive.target import Target
from golive.target.cluster import Volumes as Settings
from golive.target.needed import required

Object = Mapping[str, Any]
ABSENT = "absent"


@dataclass(frozen=True)
class Claim:
    """One claim and its volume; ``lacking`` says in words what is not as declared."""

    claim: str
    """``namespace/name``."""
    phase: str = ABSENT
    storage_class: str = ""
    capacity: str = ""
    reclaim: str = ""
    lacking: tuple[str, ...] = (ABSENT,)


@dataclass(frozen=True)
class StorageClass:
    """The declared class, and whether its volumes can grow."""

    name: str
    provisioner: str
    expandable: bool


class Volumes:
    """Both namespaces, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        """Raises NotDescribed where the target has no [volumes]."""
        self.settings: Settings = required(target.volumes, "volumes", "infrastructure.volumes")
        self._namespaces = (target.cluster.application_namespace, target.cluster.infrastructure_namespace)
        self._client = ClusterClient(target)

    @property
    def storage_class(self) -> StorageClass:
        """As the cluster has it; one that is absent has no provisioner."""
        for each in self._client.list("/apis/storage.k8s.io/v1/storageclasses"):
            if each["metadata"]["name"] == self.settings.storage_class:
                expandable = each.get("allowVolumeExpansion") is True
                return StorageClass(self.settings.storage_class, str(each.get("provisioner", "")), expandable)
        return StorageClass(self.settings.storage_class, "", expandable=False)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim of both namespaces, and every declared one."""
        volumes = {each["metadata"]["name"]: each for each in self._client.list("/api/v1/persistentvolumes")}
        listed = [
            (f"{namespace}/{each['metadata']['name']}", each)
            for namespace in self._namespaces
            for each in self._client.list(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims")
        ]
        found = {name: claim_of(name, each, volumes, self.settings) for name, each in listed}
        return (*found.values(), *(Claim(name) for name in self.settings.claims if name not in found))


def claim_of(name: str, claim: Object, volumes: Mapping[str, Object], settings: Settings) -> Claim:
    """The claim beside its volume and what is declared; pure."""
    spec, status = claim["spec"], claim.get("status") or {}
    behind = volumes.get(spec.get("volumeName", "")) or {}
    volume = behind.get("spec") or {}
    found = Claim(
        claim=name,
        phase=str(status.get("phase", "")),
        storage_class=str(spec.get("storageClassName", "")),
        capacity=str((status.get("capacity") or {}).get("storage", "")),
        reclaim=str(volume.get("persistentVolumeReclaimPolicy", "")),
        lacking=(),
    )
    lacking = (*_leaving(claim, behind), *_lacking(found, settings.storage_class, settings.claims.get(name)))
    return Claim(name, found.phase, found.storage_class, found.capacity, found.reclaim, lacking)


def _leaving(claim: Object, volume: Object) -> Iterator[str]:
    """Either stays bound for as long as a pod uses it, also where somebody has deleted it."""
    if "deletionTimestamp" in claim["metadata"]:
        yield "is being deleted: it goes with the pod that uses it"
    if "deletionTimestamp" in (volume.get("metadata") or {}):
        yield "its volume is being deleted"


def _lacking(claim: Claim, storage_class: str, least: str | None) -> Iterator[str]:
    if claim.phase != "Bound":
        yield f"phase is {claim.phase or 'not said'}"
    if claim.storage_class != storage_class:
        yield f"class {claim.storage_class or 'not said'}; expected {storage_class}"
    if least is None:
        return
    if bytes_of(claim.capacity or "0") < bytes_of(least):
        yield f"capacity {claim.capacity or 'not said'}; expected at least {least}"
    if claim.reclaim != "Retain":
        yield f"its volume's reclaim policy is {claim.reclaim or 'not said'}; expected Retain"
