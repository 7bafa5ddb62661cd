"""What Kubernetes' NetworkPolicies allow between two ends, on which ports; pure.

Source: Kubernetes documentation, "Network Policies", and the API reference of networking.k8s.io/v1: policies are
additive; a pod that no policy selects for a direction is not isolated in it; both the source's egress and the
destination's ingress must allow a connection. A pod of the host's network is taken as its node: no policy selects it,
no pod selector finds it. That an ipBlock finds pods by their addresses is what the upstream tests expect; some network
plugins do not, so what only such a rule allows is for a probe to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Literal, Self

from golive.facts.network_policy_rules import Policy, Rule, policy_of
from golive.facts.port_set import EVERY, PortSet

Address = IPv4Address | IPv6Address
Direction = Literal["ingress", "egress"]
DIRECTIONS: tuple[Direction, ...] = ("egress", "ingress")


@dataclass(frozen=True, eq=False)
class Pod:
    """A pod as policies see it."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    namespace_labels: Mapping[str, str]
    addresses: tuple[Address, ...] = ()
    """The node's, where it uses the host's network."""
    ports: tuple[tuple[str, str, int], ...] = ()
    """Name (or nothing), protocol and number of what its containers say that they listen on."""
    host_network: bool = False

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, eq=False)
class Outsider:
    """An address that is no pod's."""

    address: Address
    name: str

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The one."""
        return (self.address,)

    def __str__(self) -> str:
        return self.name


End = Pod | Outsider


class Policies:
    """NetworkPolicies of any number of namespaces, put together."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.all = tuple(policies)
        self._selecting: dict[tuple[Pod, Direction], tuple[Rule, ...] | None] = {}

    @classmethod
    def read(cls, things: Iterable[Mapping[str, Any]]) -> Self:
        """From the objects as the API server has them. Raises ProtocolBroken for one that it would not have taken."""
        return cls(map(policy_of, things))

    def isolated(self, pod: Pod, direction: Direction) -> bool:
        """Whether any policy selects the pod for that direction."""
        return self._rules(pod, direction) is not None

    def selecting(self, pod: Pod, direction: Direction) -> tuple[Policy, ...]:
        """The policies that select it for that direction."""
        if pod.host_network:
            return ()
        return tuple(
            each
            for each in self.all
            if each.namespace == pod.namespace and each.rules(direction) is not None and each.selects(pod.labels)
        )

    def allowed(self, source: End, destination: End) -> PortSet:
        """The ports of the destination to which the source may connect."""
        if source is destination:
            return EVERY  # a pod always reaches itself
        leaves = self._through(source, "egress", destination, destination)
        return leaves & self._through(destination, "ingress", source, destination) if leaves else leaves

    def one_way(self, source: End, destination: End, direction: Direction) -> PortSet:
        """What one end alone lets through: the source's egress, or the destination's ingress."""
        subject, peer = (source, destination) if direction == "egress" else (destination, source)
        return self._through(subject, direction, peer, destination)

    @cached_property
    def label_keys(self) -> frozenset[str]:
        """Every label of pods by which any of them goes."""
        return frozenset(key for each in self.all for key in each.pod_label_keys)

    def _through(self, subject: End, direction: Direction, peer: End, destination: End) -> PortSet:
        if not isinstance(subject, Pod) or (rules := self._rules(subject, direction)) is None:
            return EVERY
        found = PortSet()
        for rule in rules:
            if found != EVERY and _finds(rule, subject.namespace, peer):
                found |= _ports(rule, destination)
        return found

    def _rules(self, pod: Pod, direction: Direction) -> tuple[Rule, ...] | None:
        """Those of all policies that select the pod; None where none does."""
        if (pod, direction) not in self._selecting:
            found = self.selecting(pod, direction)
            rules = tuple(rule for each in found for rule in each.rules(direction) or ())
            self._selecting[pod, direction] = rules if found else None
        return self._selecting[pod, direction]


def pod_of(pod: Mapping[str, Any], namespace_labels: Mapping[str, str]) -> Pod:
    """A pod of the API server's, whose namespace has those labels."""
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    sidecars = (each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always")
    ports = tuple(
        (port.get("name", ""), port.get("protocol", "TCP"), int(port["containerPort"]))
        for container in (*spec.get("containers", ()), *sidecars)
        for port in container.get("ports") or ()
    )
    listed = status.get("podIPs") or ([{"ip": status["podIP"]}] if status.get("podIP") else [])
    addresses = tuple(ip_address(each["ip"]) for each in listed)
    labels = meta.get("labels") or {}
    on_host = bool(spec.get("hostNetwork"))
    return Pod(meta["namespace"], meta["name"], labels, namespace_labels, addresses, ports, on_host)


def _finds(rule: Rule, namespace: str, peer: End) -> bool:
    """Whether a rule of a policy in that namespace is about the peer."""
    if not rule.peers:
        return True
    if any(each.block.holds(address) for each in rule.peers if each.block for address in peer.addresses):
        return True
    if not isinstance(peer, Pod) or peer.host_network:
        return False
    here = peer.namespace == namespace
    selectors = (each for each in rule.peers if each.block is None)
    return any(each.finds(peer.labels, peer.namespace_labels, same_namespace=here) for each in selectors)


def _ports(rule: Rule, destination: End) -> PortSet:
    """The ports of a rule; one by name is what the destination's containers call so."""
    if not rule.ports:
        return EVERY
    found = list[tuple[str, int, int]]()
    for protocol, port, end in rule.ports:
        if isinstance(port, int):
            found.append((protocol, port, end))
        elif isinstance(destination, Pod):
            named = (each for each in destination.ports if each[:2] == (port, protocol))
            found += [(protocol, number, number) for _, _, number in named]
    return PortSet.of(found)
