"""What the cluster has before anything is deployed: namespaces, storage, and the database that migrations run in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from golive_lab.images import store_image
from golive_lab.kubernetes import rights
from golive_lab.kubernetes.api import ClusterApi

if TYPE_CHECKING:
    from golive_lab.context import Lab

ENFORCED: Final = "restricted"
VOLUMES: Final = 9
DATABASE: Final = "postgresql"
NAME_SERVER: Final = "coredns"
PARTS: Final = ("application", "stores")
"""What the label platform.lab.test/part says of either namespace; policies go by it."""
OUTSIDE: Final = "golive"
"""A namespace of the suite's own, without policies."""
RESTRICTED: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def apply(api: ClusterApi, lab: Lab) -> None:
    """Make what is not there; what is there stays as it is."""
    names = lab.configuration.cluster
    namespaces = (names.application_namespace, names.infrastructure_namespace)
    for collection, wanted in _objects(namespaces, names.storage_class, tuple(names.nodes)):
        if api.find(f"{collection}/{wanted['metadata']['name']}") is None:
            api.post(collection, wanted)
    rights.bind(api, namespaces, OUTSIDE)
    for namespace in (*namespaces, OUTSIDE):
        account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        api.wait(f"{namespace}'s service account", lambda path=account: "" if api.find(path) else "absent")  # type: ignore[misc]
        api.patch(account, {"automountServiceAccountToken": False})
    database = f"/api/v1/namespaces/{names.application_namespace}/pods/{DATABASE}-0"
    api.wait("the database's pod", lambda: "" if _running(api.find(database)) else "not running")


def _running(pod: dict[str, Any] | None) -> bool:
    return pod is not None and pod["status"].get("phase") == "Running"


def _objects(
    namespaces: tuple[str, ...], storage_class: str, nodes: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in zip(namespaces, PARTS, strict=True):
        yield "/api/v1/namespaces", _namespace(name, part)
    yield "/api/v1/namespaces", _namespace(OUTSIDE, "suite")
    yield "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _policies_of_a_network_plugin()
    yield "/apis/apps/v1/namespaces/kube-system/deployments", _name_server()
    yield "/apis/storage.k8s.io/v1/storageclasses", _storage_class(storage_class)
    for number in range(VOLUMES):
        yield "/api/v1/persistentvolumes", _volume(number, storage_class, nodes[number % len(nodes)])
    application = namespaces[0]
    yield f"/api/v1/namespaces/{application}/services", _database_service()
    yield f"/apis/apps/v1/namespaces/{application}/statefulsets", _database(storage_class)


def _namespace(name: str, part: str) -> dict[str, Any]:
    labels = {f"pod-security.kubernetes.io/{mode}": ENFORCED for mode in ("enforce", "audit", "warn")}
    labels["platform.lab.test/part"] = part
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _policies_of_a_network_plugin() -> dict[str, Any]:
    """A further kind of policies, as a cluster with Cilium serves it; nobody has made one."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v2", "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
    names = {"kind": "CiliumNetworkPolicy", "plural": "ciliumnetworkpolicies", "singular": "ciliumnetworkpolicy"}
    spec = {"group": "cilium.io", "scope": "Namespaced", "names": names, "versions": [version]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "ciliumnetworkpolicies.cilium.io"},
        "spec": spec,
    }


def _name_server() -> dict[str, Any]:
    """The cluster's DNS, to which every pod must be let out."""
    labels = {"k8s-app": "kube-dns"}
    ports = [{"name": f"dns-{each.lower()}", "containerPort": 53, "protocol": each} for each in ("UDP", "TCP")]
    container = {"name": NAME_SERVER, "image": "registry.lab.test/coredns:1.13.1", "ports": ports}
    pod = {"metadata": {"labels": labels}, "spec": {"automountServiceAccountToken": False, "containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME_SERVER}, "spec": spec}


def _storage_class(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Retain",
        "allowVolumeExpansion": True,
    }


def _volume(number: int, storage_class: str, node: str) -> dict[str, Any]:
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    spec = {
        "capacity": {"storage": "20Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "persistentVolumeReclaimPolicy": "Retain",
        "local": {"path": f"/volumes/{number}"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"volume-{number}"}, "spec": spec}


def _database_service() -> dict[str, Any]:
    spec = {"selector": _labels(), "clusterIP": "None", "ports": [{"name": "postgresql", "port": 5432}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": DATABASE, "labels": _labels()}, "spec": spec}


def _database(storage_class: str) -> dict[str, Any]:
    container = {
        "name": "postgresql",
        "image": store_image(DATABASE).reference,
        "ports": [{"name": "postgresql", "containerPort": 5432}],
        "securityContext": RESTRICTED,
        "volumeMounts": [{"name": "data", "mountPath": "/var/lib/postgresql"}],
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
    }
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 70, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "resources": {"requests": {"storage": "20Gi"}},
    }
    spec = {
        "replicas": 1,
        "serviceName": DATABASE,
        "selector": {"matchLabels": _labels()},
        "template": {"metadata": {"labels": _labels()}, "spec": pod},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
    }
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": DATABASE}, "spec": spec}


def _labels() -> dict[str, str]:
    return {"app.kubernetes.io/name": DATABASE, "app.kubernetes.io/instance": "operations"}
