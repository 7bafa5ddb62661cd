"""What manifests name as images, whatever kind of object carries the pods; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CONTAINERS: Final = ("initContainers", "containers")


@dataclass(frozen=True)
class PodImages:
    """The images of one object's pods, and which nodes these may go to."""

    name: str
    """Of the object."""
    references: tuple[str, ...]
    node_selector: Mapping[str, str] = field(default_factory=dict)


def rendered(text: str) -> tuple[PodImages, ...]:
    """Of every object in the YAML that has pods. Raises ValueError for what is no YAML."""
    return tuple(found for each in objects_in(text) for found in _images(each))


def objects_in(text: str) -> tuple[Mapping[str, Any], ...]:
    """Every object in the YAML, those of lists too. Raises ValueError for what is no YAML."""
    import yaml

    try:
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error
    return tuple(each for document in documents for each in _objects(document))


def references_of(pod: Mapping[str, Any]) -> tuple[str, ...]:
    """The images of a pod's specification, those that begin it too."""
    containers = (each for field in CONTAINERS for each in pod.get(field) or ())
    return tuple(dict.fromkeys(str(each.get("image", "")) for each in containers))


def _objects(document: Any) -> Iterator[Mapping[str, Any]]:
    """The document itself, or the objects of a list."""
    if isinstance(document, Mapping):
        yield from (each for each in document.get("items") or (document,) if isinstance(each, Mapping))


def _images(thing: Mapping[str, Any]) -> Iterator[PodImages]:
    name = str((thing.get("metadata") or {}).get("name", ""))
    for pod in _pods(thing.get("spec")):
        yield PodImages(name, references_of(pod), dict(pod.get("nodeSelector") or {}))


def _pods(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every specification of a pod at or below that place: templates of jobs lie deeper than those of deployments."""
    if isinstance(node, Mapping):
        containers = node.get("containers")
        if isinstance(containers, list) and all(isinstance(each, Mapping) and "image" in each for each in containers):
            yield node
            return
        for each in node.values():
            yield from _pods(each)
    elif isinstance(node, list):
        for each in node:
            yield from _pods(each)
