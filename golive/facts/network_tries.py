"""Which connections are tried from inside the cluster, and what it says that they came to; pure.

A refusal says something only beside its control: the same address and port, reached in the same minute from where that
is declared. A connection that is refused rather than unanswered counts as denied beside it: somebody listens there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from golive.errors import TooLittleData
from golive.facts.network_matrix import Known, Scene, known_ends
from golive.facts.network_policy import Pod
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
    uncontrolled: int
    """Undeclared ones that could not, to where nobody that is probed may: they say nothing."""
    blocked: tuple[str, ...]
    """Declared ones that could not be made."""
    reached: tuple[str, ...]
    """Undeclared ones that could."""


def plan(scene: Scene) -> tuple[Source, ...]:
    """A source for each end in the platform's namespaces, and for a pod without labels in each."""
    known = tuple(known_ends(scene))
    servers = tuple(_servers(scene, known))
    return tuple(
        Source(each.label, pod.namespace, _labels(scene, pod), tuple(_tries(scene, each, servers)))
        for each in known
        if isinstance(pod := each.ends[0], Pod) and ANY in each.names and not pod.host_network
    )


def outcome(found: Iterable[tuple[Source, str]], by: str) -> Tries:
    """What it came to; a letter of OUTCOMES for each of a source's tries.

    Raises TooLittleData where there was nothing that had to be possible, or nothing that had to be impossible beside
    its control.
    """
    each = [
        (source, one, letter) for source, letters in found for one, letter in zip(source.tries, letters, strict=True)
    ]
    listening = {(one.address, one.port) for _, one, letter in each if letter == "o"}
    failed = [(one.address, one.port) in listening for _, one, letter in each if not one.declared and letter != "o"]
    tries = Tries(
        by=by,
        sources=len({source.label for source, _, _ in each}),
        connected=sum(one.declared and letter == "o" for _, one, letter in each),
        denied=sum(failed),
        uncontrolled=len(failed) - sum(failed),
        blocked=tuple(_words(*one) for one in each if one[1].declared and one[2] != "o"),
        reached=tuple(_words(*one) for one in each if not one[1].declared and one[2] == "o"),
    )
    if not (tries.blocked or tries.reached) and not (tries.connected and tries.denied):
        raise TooLittleData(
            SYSTEM, f"{tries.connected} declared connections were made, {tries.denied} others denied beside a control",
            hint="declare flows over TCP between pods, and ends that may not use them",
        )  # fmt: skip
    return tries


def _servers(scene: Scene, known: Sequence[Known]) -> Iterator[tuple[Known, Pod, int]]:
    """Every pod with an address, and each TCP port that it says it has, or that a flow to it names."""
    for each in known:
        declared = {
            first
            for flow in scene.settings.flows
            if flow.destination in each.names - {ANY}
            for protocol, first, last in flow.ports
            if protocol == TCP and first == last
        }
        for pod in each.ends:
            if isinstance(pod, Pod) and pod.addresses:
                own = {number for _, protocol, number in pod.ports if protocol == TCP}
                yield from ((each, pod, port) for port in sorted(own | declared))


def _tries(scene: Scene, source: Known, servers: Iterable[tuple[Known, Pod, int]]) -> Iterator[Try]:
    for server, pod, port in servers:
        declared = (TCP, port) in scene.expected(source.names, server.names)
        yield Try(f"{server.label} ({pod.name})", str(pod.addresses[0]), port, declared)


def _labels(scene: Scene, pod: Pod) -> dict[str, str]:
    return {key: value for key, value in pod.labels.items() if key in scene.policies.label_keys}


def _words(source: Source, one: Try, letter: str) -> str:
    return f"{source.label} -> {one.destination}: {one.port}/{TCP} {OUTCOMES.get(letter, letter)}"
