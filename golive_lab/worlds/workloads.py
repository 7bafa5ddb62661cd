"""Workloads of the lab's cluster, as its bad worlds find them, roll them out, and put intruders beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

from golive_lab.control import LabHandle
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.reaching import changed, cluster, namespace_of

Record = dict[str, Any]
SERVICE: Final = "instruments"
SMALL_SERVICE: Final = "jobs"
INTRUDER: Final = "golive-lab-intruder"
"""The name of whatever a world puts into the cluster besides."""


def deployment_of(lab: LabHandle, name: str) -> str:
    """The path of a deployment of the application."""
    return f"/apis/apps/v1/namespaces/{namespace_of(lab)}/deployments/{name}"


def pods_of(api: ClusterApi, lab: LabHandle, name: str, *, label: str = "app.kubernetes.io/name") -> list[Record]:
    """The application's pods with that label, but those that are on their way out."""
    selector = quote(f"{label}={name}")
    pods = api.items(f"/api/v1/namespaces/{namespace_of(lab)}/pods?labelSelector={selector}")
    return [each for each in pods if "deletionTimestamp" not in each["metadata"]]


def settled(api: ClusterApi, path: str) -> str:
    """Empty once a deployment is as wanted, with nothing left of another revision."""
    found = api.get(path)
    status, wanted = found["status"], found["spec"]["replicas"]
    numbers = [status.get(field, 0) for field in ("replicas", "updatedReplicas", "readyReplicas")]
    seen = status["observedGeneration"] == found["metadata"]["generation"]
    return "" if seen and numbers == [wanted] * 3 else f"{numbers} of {wanted}"


@contextmanager
def rolled_out(lab: LabHandle, path: str, change: Record, back: Record) -> Iterator[None]:
    """A deployment rolled out after that patch; on leaving again after the other one, with no replica set more."""
    with cluster(lab) as api, back_to_its_sets(api, path), changed(api, path, change, back):
        api.wait(f"the rollout of {path}", lambda: settled(api, path))
        yield


@contextmanager
def back_to_its_sets(api: ClusterApi, path: str) -> Iterator[None]:
    """On leaving, a deployment whose change was taken back is rolled out, and has no replica set more than before."""
    sets = f"{path.rpartition('/deployments/')[0]}/replicasets"
    before = {each["metadata"]["name"] for each in api.items(sets)}
    try:
        yield
    finally:
        api.wait(f"the rollout of {path}", lambda: settled(api, path))
        for each in {each["metadata"]["name"] for each in api.items(sets)} - before:
            api.delete(f"{sets}/{each}")


def slices_of(api: ClusterApi, lab: LabHandle, name: str) -> list[Record]:
    """The slices of a service's endpoints."""
    selector = quote(f"kubernetes.io/service-name={name}")
    return api.items(
        f"/apis/discovery.k8s.io/v1/namespaces/{namespace_of(lab)}/endpointslices?labelSelector={selector}"
    )


@contextmanager
def further(lab: LabHandle, collection: str, thing: Record) -> Iterator[None]:
    """A further object in the application's namespace, called as INTRUDER, and all that comes of it."""
    with cluster(lab) as api:
        path = collection.format(namespace=namespace_of(lab))
        api.post(path, {**thing, "metadata": {**thing.get("metadata", {}), "name": INTRUDER}})
        try:
            if thing["kind"] in {"Deployment", "ReplicaSet", "Job"}:
                api.wait("its pod", lambda: "" if pods_of(api, lab, INTRUDER, label="app") else "none")
            yield
        finally:
            api.delete(f"{path}/{INTRUDER}")
            api.wait("its going", lambda: "still there" if api.find(f"{path}/{INTRUDER}") else "")
            api.wait("its pods' going", lambda: "some" if pods_of(api, lab, INTRUDER, label="app") else "")


def pod_template(image: str, **more: Any) -> Record:
    """A pod of one container that the restricted profile allows; ``more`` is of its specification."""
    allowed = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "one", "image": image, "securityContext": allowed}
    who = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"containers": [container], "securityContext": who, "automountServiceAccountToken": False, **more}
    return {"metadata": {"labels": {"app": INTRUDER}}, "spec": spec}
