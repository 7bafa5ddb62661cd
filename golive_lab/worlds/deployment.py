"""Bad worlds of what runs in the cluster, and of who may look at it. All of one cluster, each undone precisely."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread

from golive_lab.control import LabHandle
from golive_lab.images import EARLIER_RELEASE
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.reaching import changed, cluster, namespace_of
from golive_lab.worlds.registry import WORLDS, world
from golive_lab.worlds.workloads import (
    SERVICE,
    SMALL_SERVICE,
    Record,
    back_to_its_sets,
    deployment_of,
    pods_of,
    settled,
    slices_of,
)

RESTART_EVERY = 0.2


@world
@contextmanager
def rollout_stuck(lab: LabHandle) -> Iterator[None]:
    """A new revision's pod fits on no node, so the rollout never ends."""
    with cluster(lab) as api:
        path = deployment_of(lab, SERVICE)

        def nowhere(label: str | None) -> Record:
            return {"spec": {"template": {"spec": {"nodeSelector": {"golive.lab/nowhere": label}}}}}

        with back_to_its_sets(api, path), changed(api, path, nowhere("true"), nowhere(None)):
            api.wait("the scheduler's word on the new revision's pod", lambda: _unscheduled(pods_of(api, lab, SERVICE)))
            yield


def _unscheduled(pods: list[Record]) -> str:
    """Empty once the scheduler has said of one of them that it fits nowhere."""
    told = [each for pod in pods for each in pod["status"].get("conditions", ())]
    nowhere = any(each["type"] == "PodScheduled" and each["status"] == "False" for each in told)
    return "" if nowhere else "no pod is without a node for good"


@world
@contextmanager
def one_pod_on_the_old_image(lab: LabHandle) -> Iterator[None]:
    """One pod of a service runs the image of the release before."""
    with cluster(lab) as api:
        pod = pods_of(api, lab, SERVICE)[0]
        (container,) = pod["spec"]["containers"]
        old = container["image"].partition(":")[0] + f":{EARLIER_RELEASE}"
        path = f"/api/v1/namespaces/{namespace_of(lab)}/pods/{pod['metadata']['name']}"
        strategic = "application/strategic-merge-patch+json"

        def image(reference: str) -> Record:
            return {"spec": {"containers": [{"name": container["name"], "image": reference}]}}

        api.patch(path, image(old), strategic)
        try:
            yield
        finally:
            api.patch(path, image(container["image"]), strategic)


@contextmanager
def _container_status(lab: LabHandle, name: str, change: Callable[[Record], None]) -> Iterator[None]:
    """What the node says of one pod's container, changed; as it was on leaving."""
    with cluster(lab) as api:
        pod = pods_of(api, lab, name)[0]
        path = f"/api/v1/namespaces/{namespace_of(lab)}/pods/{pod['metadata']['name']}/status"
        told = pod["status"]["containerStatuses"]
        other = json.loads(json.dumps(told))
        change(other[0])
        with changed(api, path, _told(other), _told(told)):
            yield


def _told(statuses: list[Record]) -> Record:
    return {"status": {"containerStatuses": statuses}}


def _moved(status: Record) -> None:
    status["imageID"] = status["imageID"].partition("@")[0] + "@sha256:" + "0" * 64


@world
@contextmanager
def tag_moved_under_one_pod(lab: LabHandle) -> Iterator[None]:
    """One pod runs another image under the same tag."""
    with _container_status(lab, SERVICE, _moved):
        yield


def _unsaid(status: Record) -> None:
    status["imageID"] = ""


@world
@contextmanager
def pod_without_image_id(lab: LabHandle) -> Iterator[None]:
    """A node does not say which image a pod runs."""
    with _container_status(lab, SERVICE, _unsaid):
        yield


@world
@contextmanager
def pod_not_ready(lab: LabHandle) -> Iterator[None]:
    """One pod's readiness fails; its service has no other."""
    with cluster(lab) as api:
        pod = pods_of(api, lab, SMALL_SERVICE)[0]
        path = f"/api/v1/namespaces/{namespace_of(lab)}/pods/{pod['metadata']['name']}/status"
        ready = pod["status"]["conditions"]
        unready = [{**each, "status": "False"} if each["type"] == "Ready" else each for each in ready]
        deployment = deployment_of(lab, SMALL_SERVICE)
        with changed(api, path, {"status": {"conditions": unready}}, {"status": {"conditions": ready}}):
            api.wait("its being seen", lambda: "" if settled(api, deployment) else "still ready")
            yield
        api.wait(f"{SMALL_SERVICE}'s being ready", lambda: settled(api, deployment))
        api.wait(f"{SMALL_SERVICE}'s endpoint", lambda: _without_endpoint(api, lab, SMALL_SERVICE))


@world
@contextmanager
def workload_crash_loops(lab: LabHandle) -> Iterator[None]:
    """A container restarts again and again, and is ready in between."""
    with _restarting(lab, "containerStatuses", SMALL_SERVICE):
        yield


@world
@contextmanager
def side_container_crash_loops(lab: LabHandle) -> Iterator[None]:
    """A side container restarts again and again; the API keeps it among those that initialize."""
    with _restarting(lab, "initContainerStatuses", "proxy"):
        yield


@contextmanager
def _restarting(lab: LabHandle, field: str, container: str) -> Iterator[None]:
    """That container of a small service's pod, told of in that field of its status, restarts all the time."""
    with cluster(lab) as api:
        pod = pods_of(api, lab, SMALL_SERVICE)[0]
        path = f"/api/v1/namespaces/{namespace_of(lab)}/pods/{pod['metadata']['name']}/status"
        before, over = pod["status"].get(field), Event()
        like = {**pod["status"]["containerStatuses"][0], "name": container}

        def restart() -> None:
            with cluster(lab) as own:
                count = 0
                while not over.wait(RESTART_EVERY):
                    count += 1
                    own.patch(path, {"status": {field: [{**like, "restartCount": count}]}})

        restarting = Thread(target=restart, name="crash loop")
        restarting.start()
        try:
            yield
        finally:
            over.set()
            restarting.join()
            api.patch(path, {"status": {field: before}})


@world
@contextmanager
def service_without_endpoints(lab: LabHandle) -> Iterator[None]:
    """A service selects pods that are not there."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab)}/services/{SERVICE}"
        label = "app.kubernetes.io/name"
        with changed(api, path, {"spec": {"selector": {label: "nobody"}}}, {"spec": {"selector": {label: SERVICE}}}):
            api.wait("its endpoints' going", lambda: "" if _without_endpoint(api, lab, SERVICE) else "still there")
            yield
        api.wait("its endpoints", lambda: _without_endpoint(api, lab, SERVICE))


@world
@contextmanager
def service_port_leads_nowhere(lab: LabHandle) -> Iterator[None]:
    """A service's port leads to a port that no container calls so; its pods are ready all the same."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab)}/services/{SERVICE}"
        ports = api.get(path)["spec"]["ports"]
        other = [{**each, "targetPort": "htttp"} for each in ports]
        with changed(api, path, {"spec": {"ports": other}}, {"spec": {"ports": ports}}):
            api.wait("its ports' going", lambda: "still there" if _ports_of(api, lab, SERVICE) else "")
            yield
        api.wait("its ports", lambda: "" if _ports_of(api, lab, SERVICE) else "none yet")


@world
@contextmanager
def workload_scaled_to_zero(lab: LabHandle) -> Iterator[None]:
    """A service runs no pod, as wanted by whoever scaled it so."""
    with cluster(lab) as api:
        path = deployment_of(lab, SMALL_SERVICE)
        with changed(api, path, {"spec": {"replicas": 0}}, {"spec": {"replicas": 1}}):
            api.wait(
                "its pod's going", lambda: settled(api, path) or ("a pod" if pods_of(api, lab, SMALL_SERVICE) else "")
            )
            yield
        api.wait(f"the rollout of {SMALL_SERVICE}", lambda: settled(api, path))
        api.wait("its endpoint", lambda: _without_endpoint(api, lab, SMALL_SERVICE))


def _without_endpoint(api: ClusterApi, lab: LabHandle, name: str) -> str:
    """Empty where the service has a ready endpoint."""
    found = [each for piece in slices_of(api, lab, name) for each in piece.get("endpoints") or ()]
    return "" if any(each["conditions"].get("ready") for each in found) else "no ready endpoint"


def _ports_of(api: ClusterApi, lab: LabHandle, name: str) -> list[Record]:
    """Those at which the service's endpoints may be reached."""
    return [each for piece in slices_of(api, lab, name) for each in piece.get("ports") or ()]


# who may look


def _without_role(role: str) -> Callable[[LabHandle], AbstractContextManager[None]]:
    """The suite's user has lost a role in the application's namespace."""

    @contextmanager
    def unbound(lab: LabHandle) -> Iterator[None]:
        with cluster(lab) as api:
            bindings = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace_of(lab)}/rolebindings"
            kept = api.get(f"{bindings}/{role}")
            api.delete(f"{bindings}/{role}")
            try:
                yield
            finally:
                api.post(bindings, {**kept, "metadata": {"name": role}})

    return unbound


WORLDS |= {"suite_may_not_probe": _without_role("golive-probe")}
WORLDS |= {"suite_may_not_run_probes": _without_role("golive-canary")}
WORLDS |= {"suite_may_not_observe": _without_role("golive-observe")}
WORLDS |= {"suite_may_not_read_releases": _without_role("golive-releases")}
