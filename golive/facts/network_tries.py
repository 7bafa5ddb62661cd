"""Which connections are tried from inside the cluster, and what it says that they came to; pure.

A refusal says something only beside its control: the same address and port, reached in the same minute from where that
is declared. A connection that is refused rather than unanswered counts as denied beside it: somebody listens there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from golive.errors import TooLittleData
from golive.facts.network_matrix import Known, Scene, known_ends
from golive.facts.network_policy import DIRECTIONS, End, Pod
from golive.target.network import ANY

SYSTEM = "cluster"
TCP = "TCP"
OUTCOMES: Mapping[str, str] = {"o": "connected", "r": "refused", "t": "timed out", "u": "unreachable"}
"""What a probe's letters mean."""


@dataclass(frozen=True)
class Try:
    """One connection."""

    destination: str
    address: str
    port: int
    declared: bool
    stopped_by: str = ""
    """The side whose policies forbid it: ``egress``, ``ingress`` or ``both``; empty where they allow it."""


@dataclass(frozen=True)
class Source:
    """Where a probe runs: beside the pods that it stands for, with those of their labels by which policies go."""

    label: str
    namespace: str
    labels: Mapping[str, str]
    tries: tuple[Try, ...]


@dataclass(frozen=True)
class Tries:
    """What was tried from inside. ``by`` is who tried it, in the probe's own words."""

    by: str
    sources: int
    connected: int
    """Declared connections that could be made."""
    denied: int
    """Undeclared ones that could not, to where a declared one could in the same run."""
    denied_by: Mapping[str, int]
    """The same by the side whose policies forbid them: what one side alone forbids shows that this side is enforced."""
    uncontrolled: int
    """Undeclared ones that could not, to where nobody that is probed may: they say nothing."""
    blocked: tuple[str, ...]
    """Declared ones that could not be made."""
    reached: tuple[str, ...]
    """Undeclared ones that could."""


def plan(scene: Scene) -> tuple[Source, ...]:
    """A source for each end in the platform's namespaces, for a pod without labels in each, and for one outside."""
    known = tuple(known_ends(scene))
    servers = tuple(_servers(scene, known))
    own = tuple(
        Source(each.label, pod.namespace, _labels(scene, pod), tuple(_tries(scene, each, servers)))
        for each in known
        if isinstance(pod := each.ends[0], Pod) and ANY in each.names and not pod.host_network
    )
    return (*own, *_outside(scene, servers))


def _outside(scene: Scene, servers: Sequence[tuple[Known, End, int]]) -> Iterator[Source]:
    """One in the namespace that the target names for that: it tries the platform's pods alone."""
    space = scene.settings.probe.outside if scene.settings.probe else None
    if space:
        pod = Pod(space, "a pod", {}, scene.namespaces.get(space, {}))
        one = Known((pod,), scene.names(pod), str(pod))
        guarded = [each for each in servers if ANY in each[0].names]
        yield Source(one.label, space, {}, tuple(_tries(scene, one, guarded)))


def refuse_one_sided(tries: Tries) -> None:
    """Raise TooLittleData where no try shows that either side is enforced by itself.

    Within the platform both sides forbid the same, so that a network which enforces one alone would look like both.
    """
    unseen = [side for side in DIRECTIONS if not tries.denied_by.get(side)]
    if unseen and not (tries.blocked or tries.reached):
        raise TooLittleData(
            SYSTEM, f"nothing that was denied is forbidden by {unseen[0]} alone, so that it may not be enforced at all",
            hint="for ingress name a namespace in network_policies.probe.outside; for egress declare an end of one "
            "address outside of the cluster, which some pods may use and others not",
        )  # fmt: skip


def outcome(found: Iterable[tuple[Source, str]], by: str) -> Tries:
    """What it came to; a letter of OUTCOMES for each of a source's tries.

    Raises TooLittleData where there was nothing that had to be possible, or nothing that had to be impossible beside
    its control.
    """
    each = [
        (source, one, letter) for source, letters in found for one, letter in zip(source.tries, letters, strict=True)
    ]
    listening = {(one.address, one.port) for _, one, letter in each if letter == "o"}
    failed = [one for _, one, letter in each if not one.declared and letter != "o"]
    denied = [one for one in failed if (one.address, one.port) in listening]
    tries = Tries(
        by=by,
        sources=len({source.label for source, _, _ in each}),
        connected=sum(one.declared and letter == "o" for _, one, letter in each),
        denied=len(denied),
        denied_by=dict(sorted(Counter(one.stopped_by for one in denied).items())),
        uncontrolled=len(failed) - len(denied),
        blocked=tuple(_words(*one) for one in each if one[1].declared and one[2] != "o"),
        reached=tuple(_words(*one) for one in each if not one[1].declared and one[2] == "o"),
    )
    if not (tries.blocked or tries.reached) and not (tries.connected and tries.denied):
        raise TooLittleData(
            SYSTEM, f"{tries.connected} declared connections were made, {tries.denied} others denied beside a control",
            hint="declare flows over TCP between pods, and ends that may not use them",
        )  # fmt: skip
    return tries


def _servers(scene: Scene, known: Sequence[Known]) -> Iterator[tuple[Known, End, int]]:
    """Each TCP port that a pod says it has, or a flow names: of every pod, and of every end that is one address."""
    single = {end.networks[0] for end in scene.settings.ends.values() if len(end.networks) == 1}
    for each in known:
        declared = {
            first
            for flow in scene.settings.flows
            if flow.destination in each.names - {ANY}
            for protocol, first, last in flow.ports
            if protocol == TCP and first == last
        }
        for end in each.ends:
            if isinstance(end, Pod):
                ports = declared | {number for _, protocol, number in end.ports if protocol == TCP}
            else:
                ports = declared if ip_network(end.address) in single else set()
            yield from ((each, end, port) for port in sorted(ports) if end.addresses)


def _tries(scene: Scene, source: Known, servers: Iterable[tuple[Known, End, int]]) -> Iterator[Try]:
    for server, end, port in servers:
        what = (TCP, port)
        address = str(end.addresses[0])
        label = f"{server.label} ({end.name if isinstance(end, Pod) else address})"
        passes = {each for each in DIRECTIONS if what in scene.policies.one_way(source.ends[0], end, each)}
        stops = [each for each in DIRECTIONS if each not in passes]
        declared = what in scene.expected(source.names, server.names)
        yield Try(label, address, port, declared, "both" if len(stops) > 1 else "".join(stops))


def _labels(scene: Scene, pod: Pod) -> dict[str, str]:
    return {key: value for key, value in pod.labels.items() if key in scene.policies.label_keys}


def _words(source: Source, one: Try, letter: str) -> str:
    return f"{source.label} -> {one.destination}: {one.port}/{TCP} {OUTCOMES.get(letter, letter)}"
