"""What runs in the cluster: workloads with their pods, services with their endpoints, restarts."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from golive.clients.kubernetes import METADATA, ClusterClient
from golive.facts.beside import pods_beside, schedules_beside
from golive.facts.cluster_identity import ClusterIdentity, cluster_identity
from golive.facts.endpoints import Endpoints, endpoints_of
from golive.facts.history import Revision
from golive.facts.release import expected_tag
from golive.facts.rollouts import ABSENT, Rollout, Wanted, main_image, restarts, rollout
from golive.target import Target
from golive.target.needed import required

KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
OWNER = "meta.helm.sh/release-name"
SYSTEM = "cluster"
DISCOVERY = "/apis/discovery.k8s.io/v1/namespaces"


@dataclass(frozen=True)
class Restarts:
    """Restarts of all containers at two looks; ``grew`` names those that restarted in between."""

    containers: int
    total: int
    seconds: float
    grew: tuple[str, ...]


class Workloads:
    """Both namespaces, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        """Raises NotDescribed where the target has no [deployment]."""
        self.settings = required(target.deployment, "deployment", "deployment.workloads")
        cluster = target.cluster
        self._application, self._infrastructure = cluster.application_namespace, cluster.infrastructure_namespace
        self._client = ClusterClient(target)

    @property
    def cluster(self) -> ClusterIdentity:
        """Which cluster they run in."""
        return cluster_identity(self._client)

    def as_of(self, revision: Revision) -> Workloads:
        """The same, with what that revision of the release deployed in place of what the target declares."""
        declared = {"workloads": revision.workloads, "services": revision.services, "digests": {}}
        other = copy(self)
        other.settings = self.settings.model_copy(update=declared)
        return other

    def rollouts(self, tag: str) -> tuple[Rollout, ...]:
        """Every workload of both namespaces, and every declared one; those of the release must be of that tag.

        Besides, what no rollout moves where it must not be: see the module ``beside``.
        """
        expected_tag(tag, SYSTEM)
        listed = {where: self._workloads_in(where) for where in self._namespaces}
        wanted = Wanted(tag, repositories=self._repositories_of_release(listed[self._application]))
        found = {each.name: each for where in self._namespaces for each in self._in(where, listed[where], wanted)}
        declared = (f"{self._application}/{name}" for name in self.settings.workloads)
        absent = {name: Rollout(name, ABSENT) for name in declared if name not in found}
        return tuple(found.values()) + tuple(absent.values())

    @property
    def endpoints(self) -> tuple[Endpoints, ...]:
        """Every service of both namespaces that selects pods, and every declared one."""
        found = {each.service: each for where in self._namespaces for each in self._endpoints_in(where)}
        declared = (f"{self._application}/{name}" for name in self.settings.services)
        absent = {name: Endpoints(name, 0, ABSENT) for name in declared if name not in found}
        return tuple(found.values()) + tuple(absent.values())

    @property
    def restarts(self) -> Restarts:
        """Two looks at all pods, ``deployment.watch`` seconds apart; a pod that is new at the second began at zero."""
        before = self._restarts()
        time.sleep(self.settings.watch)
        after = self._restarts()
        grew = tuple(
            f"{name} from {before.get(name, 0)} to {count}"
            for name, count in after.items()
            if count > before.get(name, 0)
        )
        return Restarts(len(after), sum(after.values()), self.settings.watch, grew)

    @property
    def _namespaces(self) -> tuple[str, ...]:
        return self._infrastructure, self._application

    def _workloads_in(self, namespace: str) -> list[dict[str, Any]]:
        return [each for kind in KINDS for each in self._list(kind, namespace)]

    def _in(self, namespace: str, workloads: Sequence[Mapping[str, Any]], wanted: Wanted) -> Iterator[Rollout]:
        pods = self._pods_by_workload(namespace)
        for workload in workloads:
            name, released = workload["metadata"]["name"], self._is_released(workload, namespace)
            own = replace(wanted, digest=self.settings.digests.get(name, "")) if released else Wanted()
            yield rollout(workload, pods[workload["kind"], name], own)
        alone = [pod for (kind, _), found in pods.items() for pod in found if kind in {"", "Job"}]
        slices = self._client.list(f"{DISCOVERY}/{namespace}/endpointslices") if alone else ()
        yield from pods_beside(alone, slices, wanted)
        yield from schedules_beside(self._client.list(f"/apis/batch/v1/namespaces/{namespace}/cronjobs"), wanted)

    def _repositories_of_release(self, workloads: Iterable[Mapping[str, Any]]) -> frozenset[str]:
        released = (each for each in workloads if self._is_released(each, self._application))
        return frozenset(main_image(each["spec"]["template"]).repository for each in released)

    def _is_released(self, workload: Mapping[str, Any], namespace: str) -> bool:
        """Whether the release owns it, or the target declares it; others only have to run."""
        meta = workload["metadata"]
        owned = (meta.get("annotations") or {}).get(OWNER) == self.settings.application.release
        return namespace == self._application and (owned or meta["name"] in self.settings.workloads)

    def _list(self, kind: str, namespace: str) -> Iterator[dict[str, Any]]:
        for each in self._client.list(f"/apis/apps/v1/namespaces/{namespace}/{KINDS[kind]}"):
            yield {**each, "kind": kind}  # within lists objects do not say it

    def _pods_by_workload(self, namespace: str) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
        """Pods under kind and name of what owns them; a ReplicaSet's are its Deployment's."""
        sets = self._client.list(f"/apis/apps/v1/namespaces/{namespace}/replicasets", accept=METADATA)
        above = {each["metadata"]["name"]: _owner(each) for each in sets}
        found = defaultdict(list)
        for pod in self._client.list(f"/api/v1/namespaces/{namespace}/pods"):
            kind, name = _owner(pod)
            found[above.get(name, ("", "")) if kind == "ReplicaSet" else (kind, name)].append(pod)
        return found

    def _endpoints_in(self, namespace: str) -> Iterator[Endpoints]:
        pieces = self._client.list(f"{DISCOVERY}/{namespace}/endpointslices")
        for service in self._client.list(f"/api/v1/namespaces/{namespace}/services"):
            if service["spec"].get("selector"):
                yield endpoints_of(service, pieces)

    def _restarts(self) -> dict[str, int]:
        pods = [pod for where in self._namespaces for pod in self._client.list(f"/api/v1/namespaces/{where}/pods")]
        return restarts(pods)


def _owner(thing: Mapping[str, Any]) -> tuple[str, str]:
    owners = thing["metadata"].get("ownerReferences") or ()
    return next(((o["kind"], o["name"]) for o in owners if o.get("controller")), ("", ""))
