"""The cluster itself: its version, nodes, who is let in without credentials, and who may do everything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from golive.clients.kubernetes import SYSTEM, ClusterClient
from golive.errors import NotDescribed, ProtocolBroken
from golive.facts.cluster_identity import ClusterIdentity, cluster_identity
from golive.facts.recent import Recent, anew
from golive.target import Target

ZONE = "topology.kubernetes.io/zone"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
NAMESPACES = "/api/v1/namespaces"
NODES = "/api/v1/nodes"
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
KUBELET_BEHIND = 3
"""Minor versions that a kubelet may be older than the API server, and none that it may be newer: Kubernetes' version
skew policy."""


@dataclass(frozen=True)
class Version:
    """The API server's minor version beside the oldest and newest that the target allows."""

    server: str
    oldest: str
    newest: str

    @property
    def supported(self) -> bool:
        """Whether it is one of them."""
        return _minor(self.oldest) <= _minor(self.server) <= _minor(self.newest)


@dataclass(frozen=True)
class Node:
    """One node; ``troubles`` are in words, empty where it is ready and well."""

    name: str
    zone: str
    kubelet: str
    troubles: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """One call, as the suite and as nobody: HTTP statuses."""

    path: str
    with_credentials: int
    without: int

    @property
    def refused(self) -> bool:
        """Whether nobody is refused what somebody may see."""
        return self.with_credentials == HTTPStatus.OK and self.without in {
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
        }


@dataclass(frozen=True)
class Grant:
    """A binding by which a subject may do everything in the whole cluster."""

    subject: str
    role: str
    binding: str


@dataclass(frozen=True)
class Account:
    """The default service account of a namespace, and whether pods get its token unasked."""

    namespace: str
    automounted: bool


class Cluster:
    """Asked anew for each fact; only the nodes may be from another item's look that is ``recent``."""

    def __init__(self, target: Target, recent: Recent | None = None) -> None:
        self.settings, self._recent = target.cluster, recent or anew()
        self._client = ClusterClient(target)

    @property
    def identity(self) -> ClusterIdentity:
        """Which cluster it is."""
        return cluster_identity(self._client)

    @property
    def version(self) -> Version:
        """Raises NotDescribed where the target does not say which are supported."""
        if self.settings.versions is None:
            raise NotDescribed(
                SYSTEM, "the target says no supported versions", hint='add versions = ["1.35", "1.37"] to [cluster]'
            )
        told = self._client.get("/version")
        server = f"{told.get('major')}.{re.sub(r'[^0-9]', '', str(told.get('minor')))}"  # some say 31+
        return Version(server, *self.settings.versions)

    def nodes(self, server: str) -> tuple[Node, ...]:
        """Every node that pods may be scheduled on; its kubelet is measured by the server's version."""
        found = self._recent.of(NODES, lambda: self._client.list(NODES))
        return tuple(_node(each, server) for each in found if not each["spec"].get("unschedulable"))

    @property
    def anonymous(self) -> Refusal:
        """The list of namespaces, asked for with the suite's credential and with none."""
        known = self._client.ask("GET", NAMESPACES, query={"limit": "1"})
        return Refusal(NAMESPACES, known.status, self._client.anonymous(f"{NAMESPACES}?limit=1").status)

    @property
    def undeclared_admins(self) -> tuple[Grant, ...]:
        """Bindings of roles that allow everything to others than the target's ``cluster_admins``."""
        mighty = {each["metadata"]["name"] for each in self._client.list(f"{RBAC}/clusterroles") if _allows_all(each)}
        if not mighty:
            raise ProtocolBroken(
                SYSTEM, "no role allows everything, not even cluster-admin", hint="kubectl get clusterroles"
            )
        grants = (g for each in self._client.list(f"{RBAC}/clusterrolebindings") for g in _grants(each, mighty))
        return tuple(each for each in grants if each.subject not in self.settings.cluster_admins)

    @property
    def default_accounts(self) -> tuple[Account, ...]:
        """Those of both namespaces."""
        names = (self.settings.application_namespace, self.settings.infrastructure_namespace)
        return tuple(self._account(name) for name in names)

    def _account(self, namespace: str) -> Account:
        found = self._client.get(f"{NAMESPACES}/{namespace}/serviceaccounts/default")
        return Account(namespace, found.get("automountServiceAccountToken") is not False)


def _node(node: Mapping[str, Any], server: str) -> Node:
    meta, status = node["metadata"], node.get("status") or {}
    kubelet = str((status.get("nodeInfo") or {}).get("kubeletVersion", ""))
    zone = (meta.get("labels") or {}).get(ZONE, "")
    return Node(meta["name"], zone, kubelet, tuple(_troubles(status, kubelet, server)))


def _troubles(status: Mapping[str, Any], kubelet: str, server: str) -> Iterator[str]:
    states = {each["type"]: each["status"] for each in status.get("conditions") or ()}
    if states.get("Ready") != "True":
        yield f"Ready is {states.get('Ready', 'not said')}"
    yield from (
        f"{pressure} is {states[pressure]}" for pressure in PRESSURES if states.get(pressure, "False") != "False"
    )
    (major, minor), (_, newest) = _minor(kubelet.removeprefix("v")), _minor(server)
    if not (major and newest - KUBELET_BEHIND <= minor <= newest):
        yield f"kubelet {kubelet or 'of no version'} beside an API server {server}"


def _minor(version: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _allows_all(role: Mapping[str, Any]) -> bool:
    return any(
        "*" in (rule.get("apiGroups") or ())
        and "*" in (rule.get("resources") or ())
        and "*" in (rule.get("verbs") or ())
        for rule in role.get("rules") or ()
    )


def _grants(binding: Mapping[str, Any], roles: set[str]) -> Iterator[Grant]:
    role = binding["roleRef"]["name"]
    if role not in roles:
        return
    for each in binding.get("subjects") or ():
        name = f"{each.get('namespace')}/{each['name']}" if each["kind"] == "ServiceAccount" else each["name"]
        yield Grant(f"{each['kind']} {name}", role, binding["metadata"]["name"])
