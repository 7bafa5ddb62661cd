"""Which images both namespaces use: as templates and pods name them, and as nodes say that they run them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from golive.clients.kubernetes import ClusterClient
from golive.facts.network_probe import LABEL
from golive.facts.recent import Recent, anew
from golive.facts.rendered import references_of
from golive.target import Target
from golive.target.needed import required

WORKLOADS: Final = (
    "apps/v1 deployments", "apps/v1 statefulsets", "apps/v1 daemonsets", "batch/v1 cronjobs", "batch/v1 jobs",
)  # fmt: skip
_OVER: Final = {"Succeeded", "Failed"}
EPHEMERAL: Final = "ephemeralContainers"
"""Put into a pod that runs, as kubectl debug does; no template has them."""
CONTAINERS: Final = ("initContainers", "containers", EPHEMERAL)
_FINISHED: Final = {"Complete", "Failed"}


@dataclass(frozen=True)
class Container:
    """A container of a pod: the image that it was to run, and what its node says that it runs; empty for nothing."""

    pod: str
    reference: str
    runs: str


@dataclass(frozen=True)
class ImageInUse:
    """One reference, the workloads whose templates have it (``namespace/name``), and the containers that came of it."""

    reference: str
    workloads: tuple[str, ...]
    containers: tuple[Container, ...]


class ClusterImages:
    """Both namespaces, asked anew each time unless another item's look is ``recent``."""

    def __init__(self, target: Target, recent: Recent | None = None) -> None:
        cluster, self._recent = target.cluster, recent or anew()
        self._namespaces = cluster.infrastructure_namespace, cluster.application_namespace
        self._client = ClusterClient(target)

    def in_use(self) -> tuple[ImageInUse, ...]:
        """Every image that a workload's template or a pod names."""
        return self._recent.of("images in use", self._in_use)

    def _in_use(self) -> tuple[ImageInUse, ...]:
        workloads: dict[str, set[str]] = defaultdict(set)
        containers: dict[str, list[Container]] = defaultdict(list)
        for name, reference in self._templates():
            workloads[reference].add(name)
        for each in self._containers():
            containers[each.reference].append(each)
        return tuple(
            ImageInUse(name, tuple(sorted(workloads[name])), tuple(containers[name]))
            for name in sorted({*workloads, *containers})
        )

    def _templates(self) -> Iterator[tuple[str, str]]:
        for namespace in self._namespaces:
            for kind in WORKLOADS:
                group, _, plural = kind.partition(" ")
                for each in self._client.list(f"/apis/{group}/namespaces/{namespace}/{plural}"):
                    spec = each["spec"]["jobTemplate"]["spec"] if plural == "cronjobs" else each["spec"]
                    if plural == "jobs" and not counts(each):
                        continue
                    for reference in references_of(spec["template"]["spec"]):
                        yield f"{namespace}/{each['metadata']['name']}", reference

    def _containers(self) -> Iterator[Container]:
        """Of every pod that is not over or on its way out, and no probe of the suite's own beside this look."""
        for namespace in self._namespaces:
            for pod in self._client.list(f"/api/v1/namespaces/{namespace}/pods"):
                if stays(pod):
                    yield from containers_of(pod)


def declared_workloads(target: Target, item: str) -> frozenset[str]:
    """Who must run something, as ``namespace/name``. Raises NotDescribed where the target has no [deployment]."""
    namespace = target.cluster.application_namespace
    return frozenset(f"{namespace}/{name}" for name in required(target.deployment, "deployment", item).workloads)


def counts(job: Mapping[str, Any]) -> bool:
    """Whether a Job is one to come or under way, and neither a CronJob's, which tells for it, nor the suite's own."""
    meta, status = job["metadata"], job.get("status") or {}
    told = {each["type"] for each in status.get("conditions") or () if each["status"] == "True"}
    owned = any(each["kind"] == "CronJob" for each in meta.get("ownerReferences") or ())
    return not (told & _FINISHED or owned or _is_own(meta) or "deletionTimestamp" in meta)


def stays(pod: Mapping[str, Any]) -> bool:
    """Whether a pod is the platform's and here to stay."""
    meta = pod["metadata"]
    return not (_is_own(meta) or "deletionTimestamp" in meta or pod["status"].get("phase") in _OVER)


def containers_of(pod: Mapping[str, Any]) -> Iterator[Container]:
    """What a pod was to run, and runs; of those that were put in to look at it, such as have not ended."""
    status, spec = pod["status"], pod["spec"]
    told = {each["name"]: each for kind in CONTAINERS for each in status.get(f"{kind[:-1]}Statuses") or ()}
    for kind in CONTAINERS:
        for each in put_in(pod) if kind == EPHEMERAL else spec.get(kind) or ():
            runs = str(told.get(each["name"], {}).get("imageID") or "")
            yield Container(pod["metadata"]["name"], each["image"], runs)


def put_in(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Containers that were put into a pod to look at it, and have not ended."""
    told = pod["status"].get(f"{EPHEMERAL[:-1]}Statuses") or ()
    ended = {each["name"] for each in told if "terminated" in (each.get("state") or {})}
    yield from (each for each in pod["spec"].get(EPHEMERAL) or () if each["name"] not in ended)


def _is_own(meta: Mapping[str, Any]) -> bool:
    return LABEL in (meta.get("labels") or {})
