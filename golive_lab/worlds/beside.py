"""Bad worlds of what runs beside the release's workloads, or was put into them; each undone precisely."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from golive_lab.control import LabHandle
from golive_lab.images import EARLIER_RELEASE, PROJECT, REGISTRY
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.reaching import cluster, namespace_of
from golive_lab.worlds.registry import world
from golive_lab.worlds.workloads import (
    INTRUDER,
    SERVICE,
    SMALL_SERVICE,
    deployment_of,
    further,
    pod_template,
    pods_of,
    rolled_out,
    settled,
    slices_of,
)

ELSEWHERE: Final = "192.0.2.9"
"""An address that belongs to nobody, by RFC 5737."""
OLD: Final = f"{REGISTRY}/{PROJECT}/{SERVICE}:{EARLIER_RELEASE}"


@world
@contextmanager
def pod_of_nobody_on_the_old_image(lab: LabHandle) -> Iterator[None]:
    """Somebody ran the release before by hand, in a pod that no rollout replaces."""
    thing = {"apiVersion": "v1", "kind": "Pod", "spec": pod_template(OLD)["spec"]}
    with further(lab, "/api/v1/namespaces/{namespace}/pods", thing):
        yield


@world
@contextmanager
def replica_set_of_nobody_serves(lab: LabHandle) -> Iterator[None]:
    """Pods of a replica set without deployment answer for a service, since they have its labels."""
    with cluster(lab) as api:
        like = pods_of(api, lab, SERVICE)[0]
        (own,) = like["spec"]["containers"]
        template = pod_template(own["image"])
        template["spec"]["containers"][0]["ports"] = own["ports"]
        template["metadata"]["labels"] |= {n: text for n, text in like["metadata"]["labels"].items() if "hash" not in n}
        spec = {"replicas": 1, "selector": {"matchLabels": {"app": INTRUDER}}, "template": template}
        thing = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": spec}
        with further(lab, "/apis/apps/v1/namespaces/{namespace}/replicasets", thing):
            api.wait("its serving", lambda: "" if _serves(api, lab) else "not yet")
            yield
        api.wait("its serving no more", lambda: "still there" if _serves(api, lab) else "")


@world
@contextmanager
def service_leads_elsewhere_too(lab: LabHandle) -> Iterator[None]:
    """A slice that somebody made by hand sends a part of a service's calls to an address that no rollout knows."""
    thing = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"labels": {"kubernetes.io/service-name": SERVICE}},
        "endpoints": [{"addresses": [ELSEWHERE], "conditions": {"ready": True}}],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }  # fmt: skip
    with further(lab, "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices", thing):
        yield


def _serves(api: ClusterApi, lab: LabHandle) -> bool:
    """Whether the intruder's pod is a ready endpoint of the service."""
    endpoints = (each for piece in slices_of(api, lab, SERVICE) for each in piece.get("endpoints") or ())
    return any(each["targetRef"]["name"].startswith(INTRUDER) and each["conditions"]["ready"] for each in endpoints)


@world
@contextmanager
def cron_job_on_the_old_image(lab: LabHandle) -> Iterator[None]:
    """A job of every night is of the release before."""
    spec = {"schedule": "0 3 * * *", "suspend": True, "jobTemplate": {"spec": {"template": _never_again()}}}
    thing = {"apiVersion": "batch/v1", "kind": "CronJob", "spec": spec}
    with further(lab, "/apis/batch/v1/namespaces/{namespace}/cronjobs", thing):
        yield


@world
@contextmanager
def job_on_the_old_image(lab: LabHandle) -> Iterator[None]:
    """A job of the release before is under way: its pod waits for a node."""
    template = _never_again(nodeSelector={"golive.lab/nowhere": "true"})
    thing = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": template}}
    with further(lab, "/apis/batch/v1/namespaces/{namespace}/jobs", thing):
        yield


def _never_again(**more: Any) -> dict[str, Any]:
    return pod_template(OLD, restartPolicy="Never", **more)


@world
@contextmanager
def pod_being_debugged(lab: LabHandle) -> Iterator[None]:
    """Somebody left a container in a service's pod by kubectl debug, of an image that nobody scanned."""
    with cluster(lab) as api:
        pod = pods_of(api, lab, SMALL_SERVICE)[0]["metadata"]["name"]
        path = f"/api/v1/namespaces/{namespace_of(lab)}/pods/{pod}"
        container = {**pod_template(f"{REGISTRY}/tools:1")["spec"]["containers"][0], "name": "debugger"}
        api.patch(f"{path}/ephemeralcontainers", {"spec": {"ephemeralContainers": [container]}})
        try:
            yield
        finally:
            api.delete(path)  # a pod keeps such a container for life
            deployment = deployment_of(lab, SMALL_SERVICE)
            api.wait("its going", lambda: "still there" if api.find(path) else "")
            api.wait(f"{SMALL_SERVICE}'s new pod", lambda: settled(api, deployment))


@world
@contextmanager
def init_container_of_another_release(lab: LabHandle) -> Iterator[None]:
    """What begins a service's pods is of the release before."""
    container = {**pod_template(OLD)["spec"]["containers"][0], "name": "prepare"}
    with rolled_out(lab, deployment_of(lab, SERVICE), _begun_by([container]), _begun_by(None)):
        yield


def _begun_by(containers: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"initContainers": containers}}}}
