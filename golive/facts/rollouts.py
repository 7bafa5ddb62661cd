"""Whether workloads are rolled out and their pods run what they should, told from objects of the API alone; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from golive.facts.cluster_images import put_in
from golive.facts.images import Image, brief

Object = Mapping[str, Any]
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
ABSENT = "absent"


@dataclass(frozen=True)
class Rollout:
    """One workload. ``lacking`` holds in words, naming the pod, everything that keeps it from being rolled out."""

    name: str
    """``namespace/name``."""
    kind: str
    desired: int = 0
    ready: int = 0
    tag: str = ""
    digests: tuple[str, ...] = ()
    """Of its main container, over all of its pods."""
    lacking: tuple[str, ...] = (ABSENT,)


@dataclass(frozen=True)
class Wanted:
    """What a workload's main container must run: a tag and a digest, each empty where any will do."""

    tag: str = ""
    digest: str = ""
    repositories: frozenset[str] = frozenset()
    """Repositories of the release's images: whoever else uses one of them must use that tag too."""

    def outdated(self, pod: Object) -> Iterator[tuple[str, Image]]:
        """Containers of a pod's specification with an image of the release that is of another tag, by name."""
        for each in (*_containers(pod), *(pod.get("ephemeralContainers") or ())):
            image = Image.of(each["image"])
            if image.repository in self.repositories and image.tag != self.tag:
                yield each["name"], image


def rollout(workload: Object, pods: Sequence[Object], wanted: Wanted) -> Rollout:
    """The workload with its pods; those that are on their way out are not looked at."""
    template = workload["spec"]["template"]
    main = _main(template)
    image = Image.of(main["image"])
    staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    digests = {pod["metadata"]["name"]: _running(pod, main["name"]).digest for pod in staying}
    agreed = wanted.digest or image.digest or _most(digests.values())
    numbers = _numbers(workload)
    lacking = (
        *_behind(workload, numbers),
        *_wrong_tag(image, wanted),
        *(f"its template has {name} from {other.short}; expected tag {wanted.tag!r}"
          for name, other in wanted.outdated(template["spec"]) if name != main["name"]),
        *(words for pod in staying for words in _wrong_pod(pod, template)),
        *(f"pod {pod} runs {brief(digest)}; expected {brief(agreed)}" for pod, digest in digests.items()
          if digest != agreed or not digest),
    )  # fmt: skip
    meta = workload["metadata"]
    return Rollout(
        name=f"{meta['namespace']}/{meta['name']}",
        kind=str(workload["kind"]),
        desired=numbers.desired,
        ready=numbers.ready,
        tag=image.tag,
        digests=tuple(sorted(set(filter(None, digests.values())))),
        lacking=lacking,
    )


@dataclass(frozen=True)
class _Numbers:
    desired: int
    total: int
    updated: int
    ready: int


def _numbers(workload: Object) -> _Numbers:
    status = workload.get("status") or {}
    if workload["kind"] == "DaemonSet":
        desired = int(status.get("desiredNumberScheduled", 0))
        updated = int(status.get("updatedNumberScheduled", 0))
        return _Numbers(
            desired, int(status.get("currentNumberScheduled", 0)), updated, int(status.get("numberReady", 0))
        )
    desired = int(workload["spec"].get("replicas", 1))
    total, updated = int(status.get("replicas", 0)), int(status.get("updatedReplicas", 0))
    return _Numbers(desired, total, updated, int(status.get("readyReplicas", 0)))


def _behind(workload: Object, numbers: _Numbers) -> Iterator[str]:
    """What its controller says of it."""
    generation, observed = (
        workload["metadata"].get("generation"),
        (workload.get("status") or {}).get("observedGeneration"),
    )
    if observed != generation:
        yield f"generation {generation} is not observed yet, but {observed}"
    if numbers.desired == 0:
        yield "scaled to 0"
    if numbers.updated != numbers.desired:
        yield f"{numbers.updated} of {numbers.desired} updated"
    if numbers.ready != numbers.desired:
        yield f"{numbers.ready} of {numbers.desired} ready"
    if numbers.total > numbers.desired:
        yield f"{numbers.total - numbers.desired} of an earlier revision remain"
    for each in (workload.get("status") or {}).get("conditions", ()):
        failed = (each["type"], each["status"]) in {("Progressing", "False"), ("ReplicaFailure", "True")}
        if failed:
            yield f"{each.get('reason')}: {' '.join(str(each.get('message', '')).split())[:160]}"


def _wrong_tag(image: Image, wanted: Wanted) -> Iterator[str]:
    if wanted.tag and image.tag != wanted.tag:
        yield f"its template has tag {image.tag!r}; expected {wanted.tag!r}"


def _wrong_pod(pod: Object, template: Object) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    if not is_ready(pod):
        yield f"pod {name} is not ready: {_why(status)}"
    images = {each["name"]: each["image"] for each in _containers(pod["spec"])}
    for container in _containers(template["spec"]):
        runs = images.get(container["name"], "nothing")
        if runs != container["image"]:
            yield f"pod {name} has {container['name']} from {_short(runs)}; expected {_short(container['image'])}"
    for container in put_in(pod):
        yield f"pod {name} is being debugged by {container['name']} from {_short(container['image'])}"


def _containers(pod: Object) -> tuple[Object, ...]:
    return (*(pod.get("initContainers") or ()), *pod["containers"])


def is_ready(pod: Object) -> bool:
    """Whether the pod says that it is."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def restarts(pods: Iterable[Object]) -> dict[str, int]:
    """Restarts of each container, under ``pod/container``; side containers are kept among those that initialize."""
    return {
        f"{pod['metadata']['name']}/{each['name']}": int(each.get("restartCount", 0))
        for pod in pods
        for kind in ("initContainerStatuses", "containerStatuses")
        for each in (pod.get("status") or {}).get(kind) or ()
    }


def _why(status: Object) -> str:
    for each in status.get("containerStatuses") or ():
        waiting = (each.get("state") or {}).get("waiting")
        if waiting:
            return f"{each['name']} waits, {waiting.get('reason')}"
    for each in status.get("conditions") or ():
        if each["status"] != "True" and each.get("reason"):
            return f"{each['type']} is {each['status']}, {each['reason']}"
    return str(status.get("phase", "no status"))


def _main(template: Object) -> Object:
    """The container that a template calls its default one, else its first."""
    containers = template["spec"]["containers"]
    named = (template["metadata"].get("annotations") or {}).get(DEFAULT_CONTAINER)
    found: Object = next((each for each in containers if each["name"] == named), containers[0])
    return found


def main_image(template: Object) -> Image:
    """Of the main container."""
    return Image.of(_main(template)["image"])


def _running(pod: Object, container: str) -> Image:
    """What the node says that it runs."""
    for each in (pod.get("status") or {}).get("containerStatuses") or ():
        if each["name"] == container:
            return Image.of(str(each.get("imageID", "")))
    return Image("")


def _most(digests: Iterable[str]) -> str:
    """The digest of most pods."""
    found = sorted(filter(None, digests))
    return max(found, key=found.count, default="")


def _short(reference: str) -> str:
    """The reference without registry and digest."""
    image = Image.of(reference)
    return image.short if image.tag else reference
