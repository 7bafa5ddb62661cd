"""Bad worlds of persistent volumes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from golive_lab.control import LabHandle
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.reaching import changed, cluster, namespace_of
from golive_lab.kubernetes.setting_up import DATABASE
from golive_lab.worlds.registry import world

CLAIM, SLOW = "golive-lab-claim", "golive-lab-slow"
HOLDER = "golive.lab/still-in-use"
"""A finalizer of the lab's own: no container runs that would keep a claim, and no one's data is at stake."""
VOLUMES = "/api/v1/persistentvolumes"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"


def _claims(lab: LabHandle) -> str:
    return f"/api/v1/namespaces/{namespace_of(lab)}/persistentvolumeclaims"


def _made(api: ClusterApi, stack: ExitStack, collection: str, body: dict[str, Any]) -> str:
    """Make an object that goes, for good, with the stack; its path."""
    path = f"{collection}/{body['metadata']['name']}"
    api.post(collection, body)
    stack.callback(api.wait, f"the end of {path}", lambda: "still there" if api.find(path) else "")
    stack.callback(api.delete, path)
    return path


def _claim(storage_class: str) -> dict[str, Any]:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return {"metadata": {"name": CLAIM}, "spec": spec}


def _volume(name: str, storage_class: str) -> dict[str, Any]:
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "hostPath": {"path": f"/{name}"},
    }
    return {"metadata": {"name": name}, "spec": spec}


def _held(by: list[str]) -> dict[str, Any]:
    return {"metadata": {"finalizers": by}}


def _holders(api: ClusterApi, path: str) -> list[str]:
    return list(api.get(path)["metadata"].get("finalizers", ()))


@world
@contextmanager
def claim_pending(lab: LabHandle) -> Iterator[None]:
    """A claim for which there is no volume."""
    with cluster(lab) as api, ExitStack() as stack:
        _made(api, stack, _claims(lab), _claim(lab.status()["cluster"]["storage_class"]))
        yield


@world
@contextmanager
def claim_of_another_class(lab: LabHandle) -> Iterator[None]:
    """A claim that is bound to a volume of a class of its own."""
    with cluster(lab) as api, ExitStack() as stack:
        _made(api, stack, CLASSES, {"metadata": {"name": SLOW}, "provisioner": "kubernetes.io/no-provisioner"})
        _made(api, stack, VOLUMES, _volume(SLOW, SLOW))
        path = _made(api, stack, _claims(lab), _claim(SLOW))
        api.wait("its being bound", lambda: "" if api.get(path)["status"]["phase"] == "Bound" else "pending")
        yield


@world
@contextmanager
def claim_being_deleted(lab: LabHandle) -> Iterator[None]:
    """A claim was deleted and stays bound for as long as something holds it, as a pod does that uses it."""
    with cluster(lab) as api, ExitStack() as stack:
        claim = _claim(lab.status()["cluster"]["storage_class"])
        _made(api, stack, VOLUMES, _volume(CLAIM, claim["spec"]["storageClassName"]))
        claim["spec"]["volumeName"] = CLAIM
        path = _made(api, stack, _claims(lab), claim)
        api.wait("its being bound", lambda: "" if api.get(path)["status"]["phase"] == "Bound" else "pending")
        stack.enter_context(changed(api, path, _held([*_holders(api, path), HOLDER]), _held([])))
        api.delete(path)
        # Kubernetes' own holder goes, for no pod uses the claim; what is being deleted takes none back.
        api.wait("its being held by the lab alone", lambda: "" if _holders(api, path) == [HOLDER] else "held by others")
        yield


@world
@contextmanager
def database_volume_is_deleted_with_its_claim(lab: LabHandle) -> Iterator[None]:
    """The database's volume has another reclaim policy."""
    with cluster(lab) as api:
        claim = api.get(f"{_claims(lab)}/data-{DATABASE}-0")
        path = f"{VOLUMES}/{claim['spec']['volumeName']}"
        delete, retain = ({"spec": {"persistentVolumeReclaimPolicy": policy}} for policy in ("Delete", "Retain"))
        with changed(api, path, delete, retain):
            yield


@world
@contextmanager
def database_volume_too_small(lab: LabHandle) -> Iterator[None]:
    """The database's claim got less than it asked for."""
    with cluster(lab) as api:
        path = f"{_claims(lab)}/data-{DATABASE}-0/status"
        capacity = api.get(path)["status"]["capacity"]
        with changed(api, path, {"status": {"capacity": {"storage": "5Gi"}}}, {"status": {"capacity": capacity}}):
            yield


@world
@contextmanager
def storage_class_cannot_grow(lab: LabHandle) -> Iterator[None]:
    """The class lets no volume grow."""
    with cluster(lab) as api:
        path = f"{CLASSES}/{lab.status()['cluster']['storage_class']}"
        with changed(api, path, {"allowVolumeExpansion": False}, {"allowVolumeExpansion": True}):
            yield
