"""Every pair of ends in and around the platform's namespaces: what policies allow beside what is declared; pure.

Besides the pods that run, those are looked at that could: one without labels in each namespace; in another namespace
one without labels and one that copies the labels of each end; and whomever the policies' rules find in a namespace that
there is. Addresses outside of the cluster are looked at once for each part that no policy and no end can tell apart, so
that none is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from golive.facts.network_policy import DIRECTIONS, Address, Direction, End, Outsider, Pod, Policies
from golive.facts.network_policy_rules import Network, Policy
from golive.facts.network_strangers import meant_elsewhere
from golive.facts.port_set import PortSet
from golive.target.network import ANY, NetworkPolicies

ELSEWHERE = "another-namespace"
OUTSIDE = "outside"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that every API server gives every namespace."""


@dataclass(frozen=True)
class Evaluation:
    """What the policies say, as words that name the ends and the policies at fault; empty where all is as declared."""

    policies: int
    pods: int
    pairs: int
    """Of ends that were looked at; pods that no policy and no end tells apart are one."""
    flows: int
    absent: tuple[str, ...]
    """Ends that are declared and of which no pod runs."""
    idle: tuple[str, ...]
    """Policies that select no pod, and rules that find nobody."""
    not_isolated: tuple[str, ...]
    """Pods, also ones that could come, with a direction in which they are open by default."""
    cut: tuple[str, ...]
    """What must be possible and is not."""
    undeclared: tuple[str, ...]
    """What is possible and nobody declared."""


@dataclass(frozen=True)
class Known:
    """An end with the names that flows may call it by."""

    ends: tuple[End, ...]
    """Pods that no policy tells apart, or one address."""
    names: frozenset[str]
    label: str


@dataclass(frozen=True)
class Scene:
    """What there is to be judged."""

    policies: Policies
    pods: Sequence[Pod]
    """Those that run in the namespaces looked at."""
    namespaces: Mapping[str, Mapping[str, str]]
    """All of the cluster, with their labels."""
    own: frozenset[str]
    """The platform's namespaces."""
    settings: NetworkPolicies

    def names(self, pod: Pod) -> frozenset[str]:
        """What flows call a pod."""
        found = (
            name
            for name, end in self.settings.ends.items()
            if end.namespace == pod.namespace and end.labels.items() <= pod.labels.items()
        )
        return frozenset((*found, *((ANY,) if pod.namespace in self.own else ())))

    def expected(self, source: frozenset[str], destination: frozenset[str]) -> PortSet:
        """The ports that are declared between two ends."""
        return PortSet.of(
            ports
            for flow in self.settings.flows
            if flow.source in source and flow.destination in destination
            for ports in flow.ports
        )


def evaluation(scene: Scene) -> Evaluation:
    """Everything at once."""
    known = tuple(known_ends(scene))
    pairs = tuple(_pairs(known))
    cut, undeclared = dict[str, None](), dict[str, None]()
    for one, other, source, destination in pairs:
        expected = scene.expected(one.names, other.names)
        allowed = scene.policies.allowed(source, destination)
        if allowed != expected:
            way = f"{one.label} -> {other.label}"
            cut |= dict.fromkeys(_cut(scene.policies, way, source, destination, expected - allowed))
            undeclared |= dict.fromkeys(_open(scene.policies, way, source, destination, allowed - expected))
    return Evaluation(
        policies=len(scene.policies.all),
        pods=sum(pod.namespace in scene.own for pod in scene.pods),
        pairs=len(pairs),
        flows=len(scene.settings.flows),
        absent=tuple(_absent(scene)),
        idle=tuple(_idle(scene)),
        not_isolated=tuple(_not_isolated(scene.policies, known, scene.own)),
        cut=tuple(cut),
        undeclared=tuple(undeclared),
    )


def _pairs(known: Sequence[Known]) -> Iterator[tuple[Known, Known, End, End]]:
    """Every two ends of which one at least is a pod of the platform's namespaces."""
    for one in known:
        for other in known:
            if ANY not in one.names | other.names:
                continue
            if one is not other:
                yield one, other, one.ends[0], other.ends[0]
            elif len(one.ends) > 1:
                yield one, other, one.ends[0], one.ends[1]


def known_ends(scene: Scene) -> Iterator[Known]:
    """Every end to be looked at: pods that run, pods that could come, and parts of all addresses."""
    groups: dict[object, list[Pod]] = {}
    blocks = [peer.block for each in scene.policies.all for peer in each.peers if peer.block]
    keys = scene.policies.label_keys
    for pod in scene.pods:
        names = scene.names(pod)
        if names:
            seen = frozenset((key, value) for key, value in pod.labels.items() if key in keys)
            within = tuple(any(block.holds(each) for each in pod.addresses) for block in blocks)
            groups.setdefault((pod.namespace, names, seen, pod.ports, pod.host_network, within), []).append(pod)
    for pods in groups.values():
        names = scene.names(pods[0])
        declared = ", ".join(sorted(names - {ANY}))
        yield Known(tuple(pods), names, declared or f"{pods[0]} (declared nowhere)")
    yield from _strangers(scene)
    yield from _outside(scene, blocks=[part for each in blocks for part in (each.network, *each.without)])


def _strangers(scene: Scene) -> Iterator[Known]:
    """Pods that could come."""
    for space in sorted(scene.own):
        pod = Pod(space, "a pod without labels", {}, scene.namespaces.get(space, {}))
        yield Known((pod,), frozenset({ANY}), str(pod))
    labels = {NAMESPACE_NAME: ELSEWHERE}
    yield Known((Pod(ELSEWHERE, "a pod", {}, labels),), frozenset(), "a pod of another namespace")
    for name, end in scene.settings.ends.items():
        if end.namespace in scene.own and end.labels:
            pod = Pod(ELSEWHERE, name, end.labels, labels)
            yield Known((pod,), frozenset(), f"a pod of another namespace that is labelled as {name}")
    for pod in meant_elsewhere(scene.policies, scene.namespaces, scene.own):
        yield Known((pod,), scene.names(pod), str(pod))


def _outside(scene: Scene, blocks: Iterable[Network]) -> Iterator[Known]:
    """An address of each part of all addresses that nothing tells apart, by the name of the ends that it is in."""
    declared = {name: end.networks for name, end in scene.settings.ends.items() if end.networks}
    networks = [*blocks, *(network for each in declared.values() for network in each)]
    for first in _firsts(networks):
        names = frozenset(name for name, each in declared.items() if any(first in network for network in each))
        label = ", ".join(sorted(names)) or f"{OUTSIDE} ({first} and on)"
        yield Known((Outsider(first, label),), names, label)


def _firsts(networks: Iterable[Network]) -> list[Address]:
    """The first address of each part into which the networks cut all addresses of both families."""
    found: set[Address] = {IPv4Address(0), IPv6Address(0)}
    for each in networks:
        found.add(each.network_address)
        if int(each.broadcast_address) + 1 < 2**each.max_prefixlen:
            found.add(each.broadcast_address + 1)
    return sorted(found, key=lambda address: (address.version, int(address)))


def _cut(policies: Policies, way: str, source: End, destination: End, lacking: PortSet) -> Iterator[str]:
    if lacking:
        ways = (f"{each} lets {policies.one_way(source, destination, each)} through" for each in DIRECTIONS)
        yield f"{way}: {lacking} is not possible; {', '.join(ways)}"


def _open(policies: Policies, way: str, source: End, destination: End, beyond: PortSet) -> Iterator[str]:
    if beyond:
        by = (
            f"{direction}: {_letting(policies, source, destination, direction, beyond)}"
            for direction, end in zip(DIRECTIONS, (source, destination), strict=True)
            if isinstance(end, Pod)
        )
        yield f"{way}: {beyond} is possible and not declared; {', '.join(by)}"


def _letting(policies: Policies, source: End, destination: End, direction: Direction, ports: PortSet) -> str:
    """The policies that let some of these ports through."""
    pod = source if direction == "egress" else destination
    selecting = policies.selecting(pod, direction) if isinstance(pod, Pod) else ()
    if not selecting:
        return "not isolated"
    found = (str(each) for each in selecting if Policies((each,)).one_way(source, destination, direction) & ports)
    return ", ".join(found)


def _absent(scene: Scene) -> Iterator[str]:
    running = frozenset(name for pod in scene.pods for name in scene.names(pod))
    for name, end in scene.settings.ends.items():
        if end.namespace is not None and name not in running:
            yield f"{name}: no pod of {end.namespace} that runs has its labels"


def _not_isolated(policies: Policies, known: Iterable[Known], own: frozenset[str]) -> Iterator[str]:
    for each in known:
        pod = each.ends[0]
        if isinstance(pod, Pod) and pod.namespace in own:
            why = "on the host's network, which policies do not reach" if pod.host_network else "no policy selects it"
            open_ways = [direction for direction in DIRECTIONS if not policies.isolated(pod, direction)]
            if open_ways:
                yield f"{each.label}: {' and '.join(open_ways)} ({why})"


def _idle(scene: Scene) -> Iterator[str]:
    for policy in scene.policies.all:
        if policy.namespace in scene.own and str(policy) not in scene.settings.idle:
            if not any(pod.namespace == policy.namespace and policy.selects(pod.labels) for pod in scene.pods):
                yield f"{policy} selects no pod"
            yield from dict.fromkeys(_finding_nobody(scene, policy))


def _finding_nobody(scene: Scene, policy: Policy) -> Iterator[str]:
    looked_at = {*scene.own, *(end.namespace for end in scene.settings.ends.values() if end.namespace)}
    for peer in policy.peers:
        if peer.block:
            continue
        spaces = {
            name
            for name, labels in scene.namespaces.items()
            if (name == policy.namespace if peer.namespaces is None else peer.namespaces.finds(labels))
        }
        pods = (pod for pod in scene.pods if pod.namespace in spaces)
        if not spaces:
            yield f"{policy} has a rule whose namespaceSelector finds no namespace"
        elif spaces <= looked_at and not any(peer.pods is None or peer.pods.finds(pod.labels) for pod in pods):
            yield f"{policy} has a rule that finds no pod in {', '.join(sorted(spaces))}"
