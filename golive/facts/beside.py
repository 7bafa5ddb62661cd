"""What runs beside the workloads, so that no rollout moves it: pods of nobody or of a Job, CronJobs; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from golive.facts.cluster_images import stays
from golive.facts.endpoints import OF
from golive.facts.rollouts import Rollout, Wanted

Object = Mapping[str, Any]


def pods_beside(pods: Iterable[Object], slices: Iterable[Object], wanted: Wanted) -> Iterator[Rollout]:
    """Of pods that no workload owns, those that run another release or answer for a service.

    Others may be there: a shell that somebody left open serves nobody.
    """
    services = _served(slices)
    for pod in filter(stays, pods):
        name = pod["metadata"]["name"]
        old = (f"{each} is from {image.short}; expected tag {wanted.tag!r}"
               for each, image in wanted.outdated(pod["spec"]))  # fmt: skip
        serves = (f"serves {service}, though no workload owns it" for service in sorted(services[name]))
        if lacking := (*old, *serves):
            yield _found(pod, "Pod", lacking)


def schedules_beside(cron_jobs: Iterable[Object], wanted: Wanted) -> Iterator[Rollout]:
    """CronJobs that will run another release; also suspended ones, which somebody will let go on."""
    for each in cron_jobs:
        pod = each["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        old = [f"its template has {name} from {image.short}; expected tag {wanted.tag!r}"
               for name, image in wanted.outdated(pod)]  # fmt: skip
        if old:
            yield _found(each, "CronJob", tuple(old))


def _found(thing: Object, kind: str, lacking: tuple[str, ...]) -> Rollout:
    meta = thing["metadata"]
    return Rollout(f"{meta['namespace']}/{meta['name']}", kind, lacking=lacking)


def _served(slices: Iterable[Object]) -> Mapping[str, set[str]]:
    """Services by the name of each pod that answers for them."""
    found = defaultdict(set)
    for piece in slices:
        service = (piece["metadata"].get("labels") or {}).get(OF, "")
        for each in piece.get("endpoints") or ():
            ready = (each.get("conditions") or {}).get("ready") is not False
            behind = each.get("targetRef") or {}
            if ready and service and behind.get("kind") == "Pod":
                found[behind["name"]].add(service)
    return found
