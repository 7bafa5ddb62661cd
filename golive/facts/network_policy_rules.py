"""A NetworkPolicy object, read: whom it selects, and what its rules let through; pure.

Source: Kubernetes' API reference, NetworkPolicy networking.k8s.io/v1 and LabelSelector meta/v1, with their defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any

from golive.errors import ProtocolBroken
from golive.facts.port_set import FIRST, LAST

Network = IPv4Network | IPv6Network
Labels = Mapping[str, str]
SYSTEM = "cluster"
PortRule = tuple[str, int | str, int]
"""Protocol, and first and last number; or a name, and nothing of meaning."""


@dataclass(frozen=True)
class Selector:
    """A label selector; one that asks for nothing finds everything."""

    requirements: tuple[tuple[str, str, frozenset[str]], ...]
    """Key, operator and values."""

    def finds(self, labels: Labels) -> bool:
        """Whether those labels meet every requirement."""
        return all(_met(labels.get(key), operator, values) for key, operator, values in self.requirements)


@dataclass(frozen=True)
class Block:
    """A network without some parts of it."""

    network: Network
    without: tuple[Network, ...]

    def holds(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether the address is in it; one of the other family never is."""
        return address in self.network and not any(address in each for each in self.without)


@dataclass(frozen=True)
class Peer:
    """Whom a rule is about: pods, or a block of addresses."""

    pods: Selector | None
    namespaces: Selector | None
    block: Block | None

    def finds(self, labels: Labels, namespace_labels: Labels, *, same_namespace: bool) -> bool:
        """Whether a pod of those labels is meant; without a selector of namespaces, the policy's own is."""
        there = same_namespace if self.namespaces is None else self.namespaces.finds(namespace_labels)
        return there and (self.pods is None or self.pods.finds(labels))


@dataclass(frozen=True)
class Rule:
    """What is let through; no peers means everybody, no ports means every port."""

    peers: tuple[Peer, ...]
    ports: tuple[PortRule, ...]


@dataclass(frozen=True)
class Policy:
    """One NetworkPolicy; a direction that it is not about is None."""

    namespace: str
    name: str
    selector: Selector
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def selects(self, labels: Labels) -> bool:
        """Whether it is about a pod of its namespace with those labels."""
        return self.selector.finds(labels)

    def rules(self, direction: str) -> tuple[Rule, ...] | None:
        """Those of ``ingress`` or ``egress``."""
        return self.ingress if direction == "ingress" else self.egress

    @property
    def peers(self) -> Iterator[Peer]:
        """Those of all rules."""
        return (peer for rules in (self.ingress, self.egress) for rule in rules or () for peer in rule.peers)

    @property
    def pod_label_keys(self) -> frozenset[str]:
        """Every label of pods by which it goes."""
        selectors = (self.selector, *(peer.pods for peer in self.peers if peer.pods))
        return frozenset(key for each in selectors for key, _, _ in each.requirements)


def policy_of(thing: Mapping[str, Any]) -> Policy:
    """The object as the API server has it. Raises ProtocolBroken for one that no API server would have taken."""
    meta, spec = thing["metadata"], thing.get("spec") or {}
    place = f"NetworkPolicy {meta.get('namespace')}/{meta.get('name')}"
    ingress, egress = spec.get("ingress") or (), spec.get("egress") or ()
    # What the API server itself fills in: ingress always, egress where there are rules for it.
    kinds = spec.get("policyTypes") or (["Ingress", "Egress"] if egress else ["Ingress"])
    try:
        return Policy(
            meta["namespace"],
            meta["name"],
            _selector(spec.get("podSelector") or {}),
            tuple(_rule(each, "from") for each in ingress) if "Ingress" in kinds else None,
            tuple(_rule(each, "to") for each in egress) if "Egress" in kinds else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolBroken(SYSTEM, f"{place}: {error}", hint="kubectl get networkpolicy -o yaml") from error


def _rule(rule: Mapping[str, Any], whom: str) -> Rule:
    return Rule(
        tuple(_peer(each) for each in rule.get(whom) or ()), tuple(_port(each) for each in rule.get("ports") or ())
    )


def _peer(peer: Mapping[str, Any]) -> Peer:
    # An empty selector and no selector are two things: the first finds everything.
    pods, namespaces, block = peer.get("podSelector"), peer.get("namespaceSelector"), peer.get("ipBlock")
    if pods is None and namespaces is None and block is None:
        raise ValueError("a peer that names nobody")
    return Peer(
        None if pods is None else _selector(pods),
        None if namespaces is None else _selector(namespaces),
        None if block is None else Block(_network(block["cidr"]), tuple(map(_network, block.get("except") or ()))),
    )


def _network(text: str) -> Network:
    return ip_network(text, strict=False)


def _port(rule: Mapping[str, Any]) -> PortRule:
    protocol, port = rule.get("protocol") or "TCP", rule.get("port")
    if port is None:
        return protocol, FIRST, LAST
    return protocol, port, int(rule.get("endPort") or port) if isinstance(port, int) else 0


def _selector(selector: Mapping[str, Any]) -> Selector:
    equal = [(key, "In", frozenset({value})) for key, value in (selector.get("matchLabels") or {}).items()]
    expressions = [
        (each["key"], _operator(each["operator"]), frozenset(each.get("values") or ()))
        for each in selector.get("matchExpressions") or ()
    ]
    return Selector((*equal, *expressions))


def _operator(word: str) -> str:
    if word not in {"In", "NotIn", "Exists", "DoesNotExist"}:
        raise ValueError(f"a selector with operator {word}")
    return word


def _met(value: str | None, operator: str, values: frozenset[str]) -> bool:
    match operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values  # also where there is no such label
        case "Exists":
            return value is not None
        case _:
            return value is None
