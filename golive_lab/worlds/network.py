"""Bad worlds of the cluster's network policies; those of what enforces them are options of ``pod_network``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from golive_lab.control import LabHandle
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.reaching import APPLICATION, INFRASTRUCTURE, changed, cluster, namespace_of, release_of
from golive_lab.worlds.registry import WORLDS, world
from golive_lab.worlds.workloads import INTRUDER

Thing = dict[str, Any]
World = Callable[[LabHandle], AbstractContextManager[None]]
NAME: Final = "app.kubernetes.io/name"
PART: Final = "platform.lab.test/part"
SPACE_NAME: Final = "kubernetes.io/metadata.name"
SERVICE: Final = "prices"


def _policies(lab: LabHandle, chart: str) -> str:
    return f"/apis/networking.k8s.io/v1/namespaces/{namespace_of(lab, chart)}/networkpolicies"


def _deleted(name: str, chart: str = APPLICATION) -> World:
    @contextmanager
    def deleted(lab: LabHandle) -> Iterator[None]:
        with cluster(lab) as api:
            place = _policies(lab, chart)
            was = api.get(f"{place}/{name}")
            api.delete(f"{place}/{name}")
            try:
                yield
            finally:
                meta = {
                    key: was["metadata"][key] for key in ("name", "labels", "annotations") if key in was["metadata"]
                }
                api.post(place, {**was, "metadata": meta})

    return deleted


def _added(spec: Thing, chart: str = APPLICATION) -> World:
    @contextmanager
    def added(lab: LabHandle) -> Iterator[None]:
        with cluster(lab) as api, _made(api, _policies(lab, chart), {"metadata": {"name": INTRUDER}, "spec": spec}):
            yield

    return added


@contextmanager
def _made(api: ClusterApi, place: str, thing: Thing) -> Iterator[None]:
    api.post(place, thing)
    try:
        yield
    finally:
        api.delete(f"{place}/{thing['metadata']['name']}")


def _respecified(name: str, change: Callable[[Thing], Thing], chart: str = APPLICATION) -> World:
    """A policy of which some fields of the spec are as ``change`` makes them of the spec."""

    @contextmanager
    def respecified(lab: LabHandle) -> Iterator[None]:
        with cluster(lab) as api:
            path = f"{_policies(lab, chart)}/{name}"
            spec = api.get(path)["spec"]
            other = change(spec)
            with changed(api, path, {"spec": other}, {"spec": {field: spec.get(field) for field in other}}):
                yield

    return respecified


@world
@contextmanager
def namespace_lost_its_label(lab: LabHandle) -> Iterator[None]:
    """The stores' namespace has another label than the one by which the policies know it."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab, INFRASTRUCTURE)}"
        labels = api.get(path)["metadata"]["labels"]
        change, back = ({"metadata": {"labels": {PART: each}}} for each in ("warehouse", labels[PART]))
        with changed(api, path, change, back):
            yield


@world
@contextmanager
def pod_nobody_declared(lab: LabHandle) -> Iterator[None]:
    """A pod runs with labels of a service by which policies know it, and of no end that the target declares."""
    container = {
        "name": "old",
        "image": "registry.lab.test/old:1",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    policy = {"podSelector": {"matchLabels": {NAME: INTRUDER}}, "policyTypes": ["Egress"], "egress": [{}]}
    with cluster(lab) as api:
        pods = f"/api/v1/namespaces/{namespace_of(lab)}/pods"
        pod = {"metadata": {"name": INTRUDER, "labels": {NAME: INTRUDER}}, "spec": spec}
        try:
            with _made(api, pods, pod), _made(api, _policies(lab, APPLICATION), _intruding(policy)):
                api.wait("its running", lambda: "" if _runs(api, f"{pods}/{INTRUDER}") else "not yet")
                yield
        finally:
            api.wait("its going", lambda: "still there" if api.find(f"{pods}/{INTRUDER}") else "")


def _intruding(spec: Thing) -> Thing:
    return {"metadata": {"name": INTRUDER}, "spec": spec}


def _runs(api: ClusterApi, path: str) -> bool:
    return bool(api.get(path)["status"].get("phase") == "Running")


@world
@contextmanager
def policy_of_another_kind(lab: LabHandle) -> Iterator[None]:
    """The network plugin has a policy of its own kind."""
    with cluster(lab) as api:
        place = f"/apis/cilium.io/v2/namespaces/{namespace_of(lab)}/ciliumnetworkpolicies"
        head = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy"}
        with _made(api, place, {**head, **_intruding({"endpointSelector": {}})}):
            yield


@world
@contextmanager
def service_selects_by_name_alone(lab: LabHandle) -> Iterator[None]:
    """A Service goes by the very labels by which policies go, so that a probe would get its calls."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab)}/services/{SERVICE}"
        label = "app.kubernetes.io/instance"
        back = {"spec": {"selector": {label: release_of(lab)}}}
        with changed(api, path, {"spec": {"selector": {label: None}}}, back):
            yield


def _without_clickhouse(spec: Thing) -> Thing:
    kept = [each for each in spec["egress"] if "clickhouse" not in str(each)]
    return {"egress": kept}


WORLDS |= {
    "network_policy_deleted": _deleted(SERVICE),
    "default_deny_deleted": _deleted("default-deny"),
    "stores_default_deny_deleted": _deleted("default-deny", INFRASTRUCTURE),
    "default_deny_egress_only": _respecified("default-deny", lambda _: {"policyTypes": ["Egress"]}),
    "policy_selects_nobody": _respecified("jobs", lambda _: {"podSelector": {"matchLabels": {NAME: "job"}}}),
    "edge_opened_to_all": _respecified(
        "gateway",
        lambda spec: {
            "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": spec["ingress"][0]["ports"]}]
        },
    ),
    "egress_opened": _added({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}),
    "stores_opened_to_all_namespaces": _added(
        {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]}, INFRASTRUCTURE
    ),
    "stores_opened_to_one_namespace": _added(
        {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {SPACE_NAME: "default"}}}]}]},
        INFRASTRUCTURE,
    ),
    "needed_flow_cut": _respecified(SERVICE, _without_clickhouse),
    # Meant was one peer: the brokers, wherever they run. One more dash makes it two, of which either is enough.
    "selectors_joined_by_or": _added(
        {
            "podSelector": {"matchLabels": {NAME: "clickhouse"}},
            "ingress": [{"from": [{"namespaceSelector": {}}, {"podSelector": {"matchLabels": {NAME: "kafka"}}}]}],
        },
        INFRASTRUCTURE,
    ),
}
