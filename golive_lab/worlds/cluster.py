"""Bad worlds of the cluster itself: a node is unwell, somebody may do too much, admission lets in too much."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from golive_lab.control import LabHandle
from golive_lab.kubernetes.reaching import changed, cluster, namespace_of, some_node
from golive_lab.kubernetes.setting_up import ENFORCED
from golive_lab.worlds.registry import WORLDS, world
from golive_lab.worlds.workloads import INTRUDER

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ENFORCE = "pod-security.kubernetes.io/enforce"


@contextmanager
def _node(lab: LabHandle, condition: str, status: str) -> Iterator[None]:
    """A node says that of itself; who plays the nodes is held meanwhile, or would say the contrary at once."""
    with cluster(lab) as api:
        path = f"/api/v1/nodes/{some_node(lab)}/status"
        told = api.get(path)["status"]["conditions"]
        other = [{**each, "status": status} if each["type"] == condition else each for each in told]
        lab.freeze("kwok")
        try:
            with changed(api, path, {"status": {"conditions": other}}, {"status": {"conditions": told}}):
                yield
        finally:
            lab.thaw("kwok")


@world
@contextmanager
def node_gone(lab: LabHandle) -> Iterator[None]:
    """A zone's only node is cordoned."""
    with cluster(lab) as api:
        path = f"/api/v1/nodes/{some_node(lab)}"
        with changed(api, path, {"spec": {"unschedulable": True}}, {"spec": {"unschedulable": None}}):
            yield


@world
@contextmanager
def node_kept_for_others(lab: LabHandle) -> Iterator[None]:
    """A zone's only node is ready, and takes no pod of the platform: it is tainted for somebody else's."""
    with cluster(lab) as api:
        path = f"/api/v1/nodes/{some_node(lab)}"
        taint = {"key": "golive.lab/others", "effect": "NoSchedule"}
        with changed(api, path, {"spec": {"taints": [taint]}}, {"spec": {"taints": None}}):
            yield


@contextmanager
def _bound(lab: LabHandle, role: str, subject: dict[str, Any], within: str = "") -> Iterator[None]:
    """Somebody is bound to a cluster role, for the whole cluster or within one namespace."""
    with cluster(lab) as api:
        group, kind = "rbac.authorization.k8s.io", "RoleBinding" if within else "ClusterRoleBinding"
        place = f"{RBAC}/namespaces/{within}/rolebindings" if within else f"{RBAC}/clusterrolebindings"
        binding = {
            "apiVersion": f"{group}/v1",
            "kind": kind,
            "metadata": {"name": INTRUDER},
            "subjects": [subject],
            "roleRef": {"kind": "ClusterRole", "name": role, "apiGroup": group},
        }
        api.post(place, binding)
        try:
            yield
        finally:
            api.delete(f"{place}/{INTRUDER}")


@world
@contextmanager
def default_account_is_admin(lab: LabHandle) -> Iterator[None]:
    """The application's default service account may do everything."""
    with _bound(lab, "cluster-admin", _account(namespace_of(lab))):
        yield


@world
@contextmanager
def default_account_is_admin_of_its_namespace(lab: LabHandle) -> Iterator[None]:
    """The application's default service account may do everything in its own namespace."""
    with _bound(lab, "cluster-admin", _account(namespace_of(lab)), namespace_of(lab)):
        yield


@world
@contextmanager
def somebody_is_admin_of_the_system(lab: LabHandle) -> Iterator[None]:
    """Somebody may do everything in kube-system, where accounts are that may do everything everywhere."""
    with _bound(lab, "cluster-admin", _user("somebody"), "kube-system"):
        yield


@world
@contextmanager
def admin_by_another_name(lab: LabHandle) -> Iterator[None]:
    """A role of another name allows as much as cluster-admin, and somebody is bound to it."""
    with cluster(lab) as api:
        rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": INTRUDER}}
        api.post(f"{RBAC}/clusterroles", {**role, "rules": [rule]})
        try:
            with _bound(lab, INTRUDER, _user("somebody")):
                yield
        finally:
            api.delete(f"{RBAC}/clusterroles/{INTRUDER}")


@world
@contextmanager
def anonymous_may_list(lab: LabHandle) -> Iterator[None]:
    """Nobody in particular is let in, and may look at the cluster."""
    with WORLDS["kube_apiserver_anonymous"](lab), _bound(lab, "view", _user("system:anonymous")):
        yield


@world
@contextmanager
def anonymous_may_see_pods(lab: LabHandle) -> Iterator[None]:
    """Nobody in particular is let in, and may look at the application's namespace alone."""
    with WORLDS["kube_apiserver_anonymous"](lab), _bound(lab, "view", _user("system:anonymous"), namespace_of(lab)):
        yield


@world
@contextmanager
def default_token_automounted(lab: LabHandle) -> Iterator[None]:
    """Pods get the default service account's token unasked."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab)}/serviceaccounts/default"
        with changed(api, path, {"automountServiceAccountToken": None}, {"automountServiceAccountToken": False}):
            yield


@contextmanager
def _enforced(lab: LabHandle, level: str | None) -> Iterator[None]:
    """What the application's namespace enforces."""
    with cluster(lab) as api:
        path = f"/api/v1/namespaces/{namespace_of(lab)}"
        change, back = {"metadata": {"labels": {ENFORCE: level}}}, {"metadata": {"labels": {ENFORCE: ENFORCED}}}
        with changed(api, path, change, back):
            yield


@world
@contextmanager
def privileged_pod_from_before(lab: LabHandle) -> Iterator[None]:
    """A privileged pod runs that was made before the namespace's level was."""
    pods = f"/api/v1/namespaces/{namespace_of(lab)}/pods"
    container = {"name": "old", "image": "registry.lab.test/old:1", "securityContext": {"privileged": True}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": INTRUDER}, "spec": {"containers": [container]}}
    with cluster(lab) as api:
        with _enforced(lab, None):
            api.post(pods, pod)
        try:
            yield
        finally:
            api.delete(f"{pods}/{INTRUDER}")
            api.wait("its going", lambda: "still there" if api.find(f"{pods}/{INTRUDER}") else "")


@world
@contextmanager
def pod_security_of_an_early_version(lab: LabHandle) -> Iterator[None]:
    """The namespace's level is pinned to how an early version of Kubernetes understood it."""
    with cluster(lab) as api:
        path, label = f"/api/v1/namespaces/{namespace_of(lab)}", f"{ENFORCE}-version"
        pinned, free = ({"metadata": {"labels": {label: version}}} for version in ("v1.18", None))
        with changed(api, path, pinned, free):
            yield


@world
@contextmanager
def pod_security_plugin_off(lab: LabHandle) -> Iterator[None]:
    """The namespace's label says one level, and admission lets everything in all the same: its plugin is off."""
    lab.kill("kube_apiserver")
    lab.start("kube_apiserver", ["without_pod_security"])
    try:
        yield
    finally:
        lab.kill("kube_apiserver")
        lab.start("kube_apiserver")


def _user(name: str) -> dict[str, str]:
    return {"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"}


def _account(namespace: str) -> dict[str, str]:
    return {"kind": "ServiceAccount", "name": "default", "namespace": namespace}


WORLDS["node_not_ready"] = lambda lab: _node(lab, "Ready", "False")
WORLDS["node_under_pressure"] = lambda lab: _node(lab, "MemoryPressure", "True")
WORLDS["pod_security_label_removed"] = lambda lab: _enforced(lab, None)
WORLDS["pod_security_baseline_only"] = lambda lab: _enforced(lab, "baseline")
