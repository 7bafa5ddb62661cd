"""The cluster itself: its version, nodes, who is let in without credentials, and who may do everything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from golive.clients.kubernetes import METADATA, SYSTEM, ClusterClient
from golive.errors import NotDescribed, ProtocolBroken
from golive.facts.cluster_admins import Grant, allow_all, grants
from golive.facts.cluster_identity import ClusterIdentity, cluster_identity
from golive.facts.recent import Recent, anew
from golive.target import Target

ZONE = "topology.kubernetes.io/zone"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
NAMESPACES = "/api/v1/namespaces"
NODES = "/api/v1/nodes"
KUBE_SYSTEM = "kube-system"
"""Whoever may do everything there becomes an admin of the cluster by its accounts' tokens."""
PREFERRED, OWN_TAINTS = "PreferNoSchedule", "node.kubernetes.io/"
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
    reserved: str = ""
    """The taint that keeps the platform's pods away from it; empty where they may come."""


@dataclass(frozen=True)
class Refusal:
    """What came of a call without credentials that the suite may make: an HTTP status."""

    path: str
    status: int

    @property
    def refused(self) -> bool:
        """Whether nobody is refused what somebody may see."""
        return self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


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
        """Every node that is not cordoned; its kubelet is measured by the server's version."""
        found = self._recent.of(NODES, lambda: self._client.list(NODES))
        tolerated = self.settings.tolerated_taints
        return tuple(_node(each, server, tolerated) for each in found if not each["spec"].get("unschedulable"))

    @property
    def anonymous(self) -> tuple[Refusal, ...]:
        """Lists of namespaces and of both namespaces' pods, asked for with the suite's credential and with none.

        Raises CredentialsRefused where the suite may not see them: that others may not would say nothing.
        """
        return tuple(map(self._refusal, (NAMESPACES, *(f"{NAMESPACES}/{name}/pods" for name in self._namespaces))))

    def _refusal(self, path: str) -> Refusal:
        self._client.list(path, accept=METADATA)
        return Refusal(path, self._client.anonymous(f"{path}?limit=1").status)

    @property
    def undeclared_admins(self) -> tuple[Grant, ...]:
        """Who may do everything, in the cluster or a namespace that leads there, and is not declared to."""
        settings, read = self.settings, self._client.list
        mighty = allow_all(read(f"{RBAC}/clusterroles"))
        if not mighty:
            raise ProtocolBroken(
                SYSTEM, "no role allows everything, not even cluster-admin", hint="kubectl get clusterroles"
            )
        everywhere = grants(read(f"{RBAC}/clusterrolebindings"), mighty)
        found = [each for each in everywhere if each.subject not in settings.cluster_admins]
        for namespace in (*self._namespaces, KUBE_SYSTEM):
            place = f"{RBAC}/namespaces/{namespace}"
            declared = settings.cluster_admins | (
                settings.namespace_admins if namespace != KUBE_SYSTEM else frozenset()
            )
            within = grants(read(f"{place}/rolebindings"), mighty, allow_all(read(f"{place}/roles")))
            found += [each for each in within if each.subject not in declared]
        return tuple(found)

    @property
    def default_accounts(self) -> tuple[Account, ...]:
        """Those of both namespaces."""
        return tuple(map(self._account, self._namespaces))

    @property
    def _namespaces(self) -> tuple[str, str]:
        return self.settings.application_namespace, self.settings.infrastructure_namespace

    def _account(self, namespace: str) -> Account:
        found = self._client.get(f"{NAMESPACES}/{namespace}/serviceaccounts/default")
        return Account(namespace, found.get("automountServiceAccountToken") is not False)


def _node(node: Mapping[str, Any], server: str, tolerated: frozenset[str]) -> Node:
    meta, status = node["metadata"], node.get("status") or {}
    kubelet = str((status.get("nodeInfo") or {}).get("kubeletVersion", ""))
    zone = (meta.get("labels") or {}).get(ZONE, "")
    taints = (
        f"{each['key']}:{each['effect']}" for each in node["spec"].get("taints") or () if _keeps_off(each, tolerated)
    )
    return Node(meta["name"], zone, kubelet, tuple(_troubles(status, kubelet, server)), ", ".join(taints))


def _keeps_off(taint: Mapping[str, Any], tolerated: frozenset[str]) -> bool:
    """Kubernetes' own taints say what a node's conditions say, and are among its troubles."""
    return not (taint["effect"] == PREFERRED or taint["key"].startswith(OWN_TAINTS) or taint["key"] in tolerated)


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
