"""Tags that workloads use, beside the digests that their pods run and those that the registry has under them now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from golive.clients.kubernetes import ClusterClient
from golive.clients.registry import Manifest, RegistryClient
from golive.facts.images import Image, brief
from golive.facts.rendered import references_of
from golive.facts.stored_images import LATEST, StoredImages, digests_within, side_by_side, undeclared
from golive.target import Target

ITEM: Final = "application.image_tags"
WORKLOADS: Final = ("apps/v1 deployments", "apps/v1 statefulsets", "apps/v1 daemonsets", "batch/v1 cronjobs")
_OVER: Final = {"Succeeded", "Failed"}


@dataclass(frozen=True)
class Container:
    """A container of a pod: the image that it was to run, and what its node says that it runs; empty for nothing."""

    pod: str
    reference: str
    runs: str


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
    """Both namespaces and their registries, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self._target = target
        cluster = target.cluster
        self._namespaces = cluster.infrastructure_namespace, cluster.application_namespace
        self._client = ClusterClient(target)

    def tags(self) -> tuple[TagInUse, ...]:
        """Every image that a workload's template or a pod names. Raises NotDescribed without [registries]."""
        stored = StoredImages(self._target, ITEM)
        users: dict[str, set[str]] = {}
        for name, reference in self._templates():
            users.setdefault(reference, set()).add(name)
        containers = tuple(self._containers())
        for each in containers:
            users.setdefault(each.reference, set())
        return tuple(
            side_by_side(lambda name: self._tag(stored, name, tuple(sorted(users[name])), containers), users).values()
        )

    def _tag(
        self, stored: StoredImages, reference: str, workloads: tuple[str, ...], containers: Iterable[Container]
    ) -> TagInUse:
        image, its = Image.of(reference), [each for each in containers if each.reference == reference]
        pods = tuple(sorted(each.pod for each in its))
        client = stored.client(image)
        if client is None:
            return TagInUse(image.short, reference, workloads, pods, "", (*loose(image), undeclared(image)))
        now = client.manifest(image.repository, image.tag or image.digest or LATEST)
        if now is None:
            gone = f"{_name(image)} is not in the registry any more"
            return TagInUse(image.short, reference, workloads, pods, "", (*loose(image), gone))
        others = [words for each in its for words in _other(each, now, client)]
        return TagInUse(image.short, reference, workloads, pods, now.digest, (*loose(image), *others))

    def _templates(self) -> Iterator[tuple[str, str]]:
        for namespace in self._namespaces:
            for kind in WORKLOADS:
                group, _, plural = kind.partition(" ")
                for each in self._client.list(f"/apis/{group}/namespaces/{namespace}/{plural}"):
                    spec = each["spec"]["jobTemplate"]["spec"] if plural == "cronjobs" else each["spec"]
                    for reference in references_of(spec["template"]["spec"]):
                        yield f"{namespace}/{each['metadata']['name']}", reference

    def _containers(self) -> Iterator[Container]:
        """Of every pod that is not over or on its way out."""
        for namespace in self._namespaces:
            for pod in self._client.list(f"/api/v1/namespaces/{namespace}/pods"):
                leaving = "deletionTimestamp" in pod["metadata"] or pod["status"].get("phase") in _OVER
                if not leaving:
                    yield from containers_of(pod)


def containers_of(pod: Mapping[str, Any]) -> Iterator[Container]:
    """What a pod was to run, and runs."""
    told = {
        each["name"]: str(each.get("imageID") or "")
        for kind in ("initContainerStatuses", "containerStatuses")
        for each in pod["status"].get(kind) or ()
    }
    for kind in ("initContainers", "containers"):
        for each in pod["spec"].get(kind) or ():
            yield Container(pod["metadata"]["name"], each["image"], told.get(each["name"], ""))


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
