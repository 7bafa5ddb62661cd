"""What a release rendered beside what is there now, as far as it says who runs and who answers; pure.

Of a container that is its image, command, arguments and environment; of a service its kind, selector and ports. What
the API server or a controller adds elsewhere is no difference. Values are compared and never told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from golive.facts.images import Image

Object = Mapping[str, Any]
COLLECTIONS: Final[Mapping[str, str]] = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
    "Service": "/api/v1/namespaces/{}/services",
}
"""Kinds that are compared, and where they are listed."""
RELOADER: Final = "STAKATER_"
"""How variables begin by which a controller of that name restarts what reads a changed secret."""


@dataclass(frozen=True)
class AsRendered:
    """How many objects were compared, and what is not as it was rendered, in words, by kind and name."""

    compared: int
    drifted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def comparable(objects: Iterable[Object], namespace: str) -> dict[tuple[str, str], Object]:
    """Those of the compared kinds in the release's own namespace, by kind and name."""
    found = ((each.get("kind"), each.get("metadata") or {}, each) for each in objects)
    return {
        (str(kind), str(meta.get("name"))): each
        for kind, meta, each in found
        if kind in COLLECTIONS and meta.get("namespace", namespace) == namespace
    }


def as_rendered(rendered: Mapping[tuple[str, str], Object], there: Mapping[tuple[str, str], Object]) -> AsRendered:
    """Each of the rendered objects beside the one that is there."""
    words = {
        f"{kind} {name}": tuple(_differences(kind, wanted, there.get((kind, name))))
        for (kind, name), wanted in rendered.items()
    }
    return AsRendered(len(words), {name: found for name, found in words.items() if found})


def _differences(kind: str, wanted: Object, found: Object | None) -> Iterator[str]:
    if found is None:
        yield "is not there"
    elif kind == "Service":
        yield from _of_service(wanted.get("spec") or {}, found["spec"])
    else:
        pods = _pod(kind, wanted), _pod(kind, found)
        for part in ("initContainers", "containers"):
            yield from _of_containers(*(_named(pod.get(part)) for pod in pods))


def _pod(kind: str, thing: Object) -> Object:
    spec = thing["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else thing["spec"]
    return dict(spec["template"]["spec"])


def _of_service(wanted: Object, found: Object) -> Iterator[str]:
    if wanted.get("type", "ClusterIP") != found.get("type", "ClusterIP"):
        yield f"is of type {found.get('type')}"
    if (wanted.get("selector") or {}) != (found.get("selector") or {}):
        yield "selects other pods"
    ports, own = _ports(found), _ports(wanted)
    for name in sorted(ports.keys() ^ own.keys()):
        yield f"port {name} was {'added' if name in ports else 'removed'}"
    for name in sorted(ports.keys() & own.keys()):
        leads_to, rendered = (each[name].get("targetPort", each[name].get("port")) for each in (ports, own))
        if leads_to != rendered:
            yield f"port {name} leads to {leads_to}; rendered {rendered}"


def _ports(service: Object) -> dict[str, Object]:
    """By number, and by protocol where that is not TCP: a port may be there once for each protocol."""
    found = {}
    for each in service.get("ports") or ():
        protocol = each.get("protocol", "TCP")
        found[f"{each.get('port')}" + (f"/{protocol}" if protocol != "TCP" else "")] = each
    return found


def _of_containers(wanted: Mapping[str, Object], found: Mapping[str, Object]) -> Iterator[str]:
    for name in sorted(wanted.keys() ^ found.keys()):
        yield f"container {name} was {'added' if name in found else 'removed'}"
    for name in sorted(wanted.keys() & found.keys()):
        yield from (f"{name} {words}" for words in _of_container(wanted[name], found[name]))


def _of_container(wanted: Object, found: Object) -> Iterator[str]:
    image, runs = Image.of(str(wanted.get("image"))), Image.of(str(found.get("image")))
    # A policy may add the digest that it has verified.
    if (image.name, image.tag) != (runs.name, runs.tag) or image.digest not in {"", runs.digest}:
        yield f"has image {found.get('image')}; rendered {wanted.get('image')}"
    for part in ("command", "args"):
        if list(map(str, wanted.get(part) or ())) != (found.get(part) or []):
            yield f"has other {part}"
    mine, its = _named(wanted.get("env")), _named(found.get("env"))
    others = [name for name in sorted(mine.keys() | its.keys()) if not _same_variable(mine.get(name), its.get(name))]
    if others := [name for name in others if not name.startswith(RELOADER)]:
        yield f"has another environment: {', '.join(others)}"
    if not _contains(wanted.get("envFrom") or [], found.get("envFrom") or []):
        yield "takes its environment from elsewhere"


def _same_variable(wanted: Object | None, found: Object | None) -> bool:
    if wanted is None or found is None:
        return wanted is found
    values = [str(each.get("value") or "") for each in (wanted, found)]
    return values[0] == values[1] and _contains(wanted.get("valueFrom") or {}, found.get("valueFrom") or {})


def _contains(wanted: Any, found: Any) -> bool:
    """Whether what was rendered is there; the API server adds defaults to objects, and nothing to lists."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_contains(value, found.get(name)) for name, value in wanted.items() if value is not None)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_contains, wanted, found))
    return bool(wanted == found)


def _named(things: Iterable[Object] | None) -> dict[str, Object]:
    return {str(each.get("name")): each for each in things or ()}
