"""Tags that workloads use, beside the digests that their pods run and those that the registry has under them now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from golive.clients.registry import Manifest, RegistryClient
from golive.facts.cluster_images import ClusterImages, Container, ImageInUse, declared_workloads
from golive.facts.images import Image, brief
from golive.facts.recent import Recent
from golive.facts.stored_images import LATEST, StoredImages, digests_within, side_by_side, undeclared
from golive.target import Target

ITEM: Final = "application.image_tags"


@dataclass(frozen=True)
class TagInUse:
    """One reference. ``wrong`` is empty where its tag is locked and still names what runs."""

    image: str
    """Its name and tag, short."""
    reference: str
    workloads: tuple[str, ...]
    """Whose templates have it, as ``namespace/name``."""
    pods: tuple[str, ...]
    points_to: str
    """The digest that its registry has under it now."""
    wrong: tuple[str, ...]


class RunningImages:
    """Both namespaces and their registries, asked anew for each fact unless another item's look is ``recent``."""

    def __init__(self, target: Target, recent: Recent | None = None) -> None:
        self._target, self._cluster = target, ClusterImages(target, recent)

    @property
    def declared(self) -> frozenset[str]:
        """Which workloads must run something. Raises NotDescribed where the target declares none."""
        return declared_workloads(self._target, ITEM)

    def tags(self) -> tuple[TagInUse, ...]:
        """Every image that a workload's template or a pod names. Raises NotDescribed without [registries]."""
        stored = StoredImages(self._target, ITEM)
        return tuple(side_by_side(lambda each: _tag(stored, each), self._cluster.in_use()).values())


def _tag(stored: StoredImages, used: ImageInUse) -> TagInUse:
    image = Image.of(used.reference)
    points_to, wrong = _compared(stored, image, used)
    pods = tuple(sorted(each.pod for each in used.containers))
    return TagInUse(image.short, used.reference, used.workloads, pods, points_to, (*loose(image), *wrong))


def _compared(stored: StoredImages, image: Image, used: ImageInUse) -> tuple[str, tuple[str, ...]]:
    """What its registry has under the tag now, and where that is not what runs."""
    client = stored.client(image)
    if client is None:
        return "", (undeclared(image),)
    now = client.manifest(image.repository, image.tag or image.digest or LATEST)
    if now is None:
        return "", (f"{_name(image)} is not in the registry any more",)
    return now.digest, tuple(words for each in used.containers for words in _other(each, now, client))


def _name(image: Image) -> str:
    return image.tag or (brief(image.digest) if image.digest else LATEST)


def loose(image: Image) -> tuple[str, ...]:
    """What is wrong with a reference by itself: whoever pulls it tomorrow gets something else."""
    if image.tag == LATEST:
        return ("its tag is latest",)
    return () if image.tag or image.digest else ("it has no tag, which means latest",)


def _other(container: Container, now: Manifest, client: RegistryClient) -> Iterator[str]:
    """Where a container runs something else than the tag names now."""
    runs = Image.of(container.runs)
    if not runs.digest:
        yield f"pod {container.pod} does not say which digest it runs"
        return
    # A node says the index that it pulled, the manifest in it, or, without a name, the configuration's digest.
    known = {now.digest, *(digests_within(now).values() if now.is_index else ())}
    if not runs.name:
        known |= _configurations(Image.of(container.reference).repository, now, client)
    if runs.digest not in known:
        yield f"pod {container.pod} runs {brief(runs.digest)}; the registry has {brief(now.digest)} under it"


def _configurations(repository: str, now: Manifest, client: RegistryClient) -> set[str]:
    within = (client.manifest(repository, each) for each in digests_within(now).values()) if now.is_index else (now,)
    return {str((each.content.get("config") or {}).get("digest")) for each in within if each is not None}
