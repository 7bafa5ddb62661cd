"""The suite's rights in the lab's cluster: exactly the roles of ``deploy/rbac``, bound to its user."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from golive.errors import LabUnavailable
from golive_lab.kubernetes.api import ClusterApi

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "rbac"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
USER: Final = "golive"
DEPLOYER: Final = "golive-deployer"
OBSERVE, CANARY = "golive-observe", "golive-canary"
NAMESPACED: Final = (OBSERVE, "golive-releases", "golive-probe", CANARY)
OBSERVED: Final = ("kube-system",)
"""Further namespaces, in which it may look and no more."""
REHEARSAL: Final = "golive-rehearsal"
CLUSTER: Final = ("golive-observe-cluster",)


def files() -> tuple[Path, ...]:
    """The files that an operator applies. Raises LabUnavailable where golive is not run from a checkout."""
    found = tuple(sorted(FOLDER.glob("*.yaml")))
    if not found:
        raise LabUnavailable("cluster", f"{FOLDER} has no roles", hint="run golive from a checkout of its repository")
    return found


def bind(api: ClusterApi, namespaces: tuple[str, ...], outside: str) -> None:
    """Bind every role to the suite's user, and the one of rehearsals, in the first namespace alone, to the deployer.

    ``outside`` is where probes of other namespaces run. Bindings that are there stay.
    """
    wanted = [(role, namespace) for role in NAMESPACED for namespace in namespaces]
    observed = [(OBSERVE, namespace) for namespace in OBSERVED]
    for role, namespace in (*wanted, *observed, (OBSERVE, outside), (CANARY, outside)):
        _make(api, f"{RBAC}/namespaces/{namespace}/rolebindings", "RoleBinding", role)
    _make(api, f"{RBAC}/namespaces/{namespaces[0]}/rolebindings", "RoleBinding", REHEARSAL, DEPLOYER)
    for role in CLUSTER:
        _make(api, f"{RBAC}/clusterrolebindings", "ClusterRoleBinding", role)


def _make(api: ClusterApi, collection: str, kind: str, role: str, user: str = USER) -> None:
    if api.find(f"{collection}/{role}") is None:
        api.post(collection, _binding(kind, role, user))


def _binding(kind: str, role: str, user: str) -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": {"name": role},
        "subjects": [{"kind": "User", "name": user, "apiGroup": group}],
        "roleRef": {"kind": "ClusterRole", "name": role, "apiGroup": group},
    }
