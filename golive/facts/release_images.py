"""The images that a release is made of, as its manifests name them and their registries hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from golive.clients.kubernetes import ClusterClient
from golive.errors import NoEvidence, ProtocolBroken, WrongVersion
from golive.facts.cluster import NODES
from golive.facts.helm import Releases
from golive.facts.images import Image
from golive.facts.recent import Recent, anew
from golive.facts.release import expected_tag
from golive.facts.rendered import PodImages, rendered
from golive.facts.stored_images import StoredImages, side_by_side
from golive.target import Target

ITEM: Final = "application.images"
SYSTEM: Final = "cluster"


@dataclass(frozen=True)
class ReleaseImage:
    """One image of the release. ``lacking`` is empty where every node that it may go to can pull it."""

    image: str
    """Its name and tag, short."""
    reference: str
    workloads: tuple[str, ...]
    tag: str
    digest: str
    """Of what the registry has."""
    platforms: tuple[str, ...]
    lacking: tuple[str, ...]


class ReleaseImages:
    """Manifests, nodes and registries, asked anew for each fact; nodes unless another item's look is ``recent``."""

    def __init__(self, target: Target, folder: Path, recent: Recent | None = None) -> None:
        """``folder`` is where relative paths begin. Raises NotDescribed where the target has no [deployment]."""
        self._target, self._recent = target, recent or anew()
        self._releases = Releases(target, ITEM)
        self._cluster = ClusterClient(target)
        named = self._releases.settings.rendered
        self._source = None if named is None else folder / named

    def of(self, tag: str) -> tuple[ReleaseImage, ...]:
        """Every image that the release renders.

        Raises NotDescribed without [registries], NoEvidence where there are no manifests, WrongVersion where none of
        them is of that tag, and the typed errors of clients.
        """
        expected_tag(tag, SYSTEM)
        stored, objects = StoredImages(self._target, ITEM), self._objects()
        self._confirm(objects, tag)
        nodes = self._recent.of(NODES, lambda: self._cluster.list(NODES))
        users: dict[str, set[str]] = defaultdict(set)
        wanted: dict[str, set[str]] = defaultdict(set)
        for each in objects:
            for reference in each.references:
                users[reference].add(each.name)
                wanted[reference] |= platforms(nodes, each.node_selector)
        looks = side_by_side(lambda name: stored.look(Image.of(name), frozenset(wanted[name])), users)
        return tuple(
            ReleaseImage(
                Image.of(name).short, name, tuple(sorted(users[name])), Image.of(name).tag, look.digest, look.platforms,
                look.lacking if wanted[name] else (*look.lacking, "no node may take it"),
            )
            for name, look in looks.items()
        )  # fmt: skip

    @property
    def _where(self) -> str:
        return "what Helm has deployed" if self._source is None else f"what {self._source.name} holds"

    def _objects(self) -> tuple[PodImages, ...]:
        try:
            return rendered(self._releases.manifest if self._source is None else self._source.read_text("utf-8"))
        except OSError as error:
            hint = "helm template RELEASE CHART > FILE, which deployment.rendered names"
            raise NoEvidence(SYSTEM, f"{self._source}: {error.strerror}", hint=hint) from error
        except ValueError as error:
            raise ProtocolBroken(SYSTEM, f"{self._where} is no YAML", hint="helm get manifest RELEASE") from error

    def _confirm(self, objects: Iterable[PodImages], tag: str) -> None:
        """Raise WrongVersion where no declared workload is of that tag: these are the manifests of another release."""
        declared = set(self._releases.settings.workloads)
        tags = {Image.of(name).tag for each in objects if each.name in declared for name in each.references}
        if tag not in tags:
            raise WrongVersion(
                SYSTEM, f"{self._where} is of {', '.join(map(repr, sorted(tags))) or 'nothing'}; expected {tag!r}",
                hint="before it is deployed, name the output of helm template as deployment.rendered",
            )  # fmt: skip


def platforms(nodes: Iterable[Mapping[str, Any]], selector: Mapping[str, str]) -> set[str]:
    """``os/architecture`` of every node that has the labels."""
    fit = (node for node in nodes if selector.items() <= (node["metadata"].get("labels") or {}).items())
    about = (node["status"]["nodeInfo"] for node in fit)
    return {f"{each['operatingSystem']}/{each['architecture']}" for each in about}
