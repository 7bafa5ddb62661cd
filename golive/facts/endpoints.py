"""Who serves behind a service, told from the service and its endpoint slices alone; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Object = Mapping[str, Any]
OF: Final = "kubernetes.io/service-name"
"""The label by which a slice says whose it is."""
KEEPER: Final = "endpointslice.kubernetes.io/managed-by"
CONTROLLER: Final = "endpointslice-controller.k8s.io"
"""Who keeps a slice, and who keeps those of a service that selects pods."""
OTHER_CLUSTER: Final = "multicluster.kubernetes.io/source-cluster"
"""A slice that a cluster mesh brought from another cluster says which, by the Multi-Cluster Services API."""


@dataclass(frozen=True)
class Endpoints:
    """A service and how many endpoints it has that are ready at every port of its own."""

    service: str
    """``namespace/name``."""
    ready: int
    note: str = ""
    """Why it has none."""
    elsewhere: tuple[str, ...] = ()
    """Addresses that it leads to besides its pods, each with the slice that says so."""


def endpoints_of(service: Object, slices: Iterable[Object]) -> Endpoints:
    """Those of the service, among all slices of its namespace.

    A port whose target no container of a pod is called has no endpoint, however ready the pod: the slice that holds
    the pod lacks that port.
    """
    meta = service["metadata"]
    own = [each for each in slices if (each["metadata"].get("labels") or {}).get(OF) == meta["name"]]
    wanted = {str(port.get("name") or "") for port in service["spec"].get("ports") or ()}
    at_ports = {name: sum(_ready(each) for each in own if name in _ports(each)) for name in wanted}
    anywhere = sum(map(_ready, own))
    ready = min(at_ports.values(), default=anywhere)
    name, note = f"{meta['namespace']}/{meta['name']}", "" if ready else _why(at_ports, anywhere)
    return Endpoints(name, ready, note, tuple(_elsewhere(own)))


def _elsewhere(slices: Iterable[Object]) -> Iterator[str]:
    """Addresses of slices that its controller does not keep: nobody takes those away with the pods of a rollout."""
    for piece in slices:
        labels = piece["metadata"].get("labels") or {}
        if labels.get(KEEPER) != CONTROLLER and OTHER_CLUSTER not in labels:
            for each in piece.get("endpoints") or ():
                yield from (f"{address} by the slice {piece['metadata']['name']}" for address in each["addresses"])


def _why(at_ports: Mapping[str, int], anywhere: int) -> str:
    if not anywhere:
        return "no pod behind it is ready"
    lacking = ", ".join(sorted(f"port {name}" if name else "its port" for name, count in at_ports.items() if not count))
    return f"pods are ready, but {lacking} leads to no port of theirs"


def _ports(piece: Object) -> set[str]:
    return {str(port.get("name") or "") for port in piece.get("ports") or ()}


def _ready(piece: Object) -> int:
    # Absent means unknown, which consumers take as ready.
    conditions = (each.get("conditions") or {} for each in piece.get("endpoints") or ())
    return sum(each.get("ready") is not False for each in conditions)
