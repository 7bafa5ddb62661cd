"""What the release is now, by all its records, and whether a finding is of that or of another thing.

A run tells the builds and the cluster that its items asked; a field that it left empty says nothing about the thing,
and so lets nothing count as good that has to be of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from golive.checklist import Item
from golive.evidence.gates import GATES
from golive.evidence.record import FindingEntry, Record

BEFORE = frozenset(GATES["pre-deploy"].phases)
"""Phases before the deployment: nothing of the release answers yet."""
STATED = frozenset({"attested", "measured or attested"})
"""How items are established that a person's statement may be all of; it names the release."""
RED = frozenset({"FAIL", "UNKNOWN"})


@dataclass(frozen=True)
class Current:
    """The release as it was last seen: every field from the newest record that knows it."""

    builds: Mapping[str, str]
    """By service."""
    together: frozenset[str]
    """Services that are known to answer beside those that the newest run asked which asked any."""
    cluster_uid: str
    """Empty where no record names a cluster."""
    target: str
    """sha256 of the target file of the newest record."""


def current_of(records: Iterable[Record]) -> Current:
    """What all records of a release together know of it; a newer one outweighs an older."""
    builds: dict[str, str] = {}
    cluster_uid = target = ""
    ordered = sorted(records, key=lambda each: each.ended)
    for record in ordered:
        builds.update(record.identity.builds)
        cluster_uid = record.identity.cluster_uid or cluster_uid
        target = record.digests.target
    together = _together((record.identity.builds for record in reversed(ordered)), builds)
    return Current(builds, together, cluster_uid, target)


def _together(named: Iterable[Mapping[str, str]], builds: Mapping[str, str]) -> frozenset[str]:
    """From the newest that names any on, whatever a run that still holds saw beside a service that is known already."""
    holding = [each.keys() for each in named if each and each.items() <= builds.items()]
    found = set(holding[0]) if holding else set[str]()
    while joining := [each for each in holding if each & found and not each <= found]:
        found |= set().union(*joining)
    return frozenset(found)


def bound_by_builds(item: Item) -> bool:
    """Whether a PASS of it is of the builds that its run names: not before the images exist, and of no statement."""
    return item.scope == "release" and item.phase not in BEFORE and item.established not in STATED


def other_identity(item: Item, finding: FindingEntry, record: Record, current: Current) -> str:
    """What another thing than the current one was looked at, as far as the item is bound to it; or empty.

    To count towards GO, what was measured must be of a run that named the cluster or, after the deployment, the build
    of a service which is known to answer now, as soon as any run of the release did. What comes before the images exist
    is bound by the release's tag, and a statement by what it says. A FAIL or UNKNOWN stands unless it is known to be of
    something else.
    """
    unnamed = finding.outcome in RED or item.established in STATED
    if item.scope == "cluster":
        return _other_cluster(record.identity.cluster_uid, current.cluster_uid, unnamed=unnamed)
    if item.scope == "configuration" and record.digests.target != current.target:
        return "another target file"
    if item.scope == "release":
        by_tag = not bound_by_builds(item)
        named = finding.versions if by_tag else record.identity.builds
        return _other_build(named, current) or ("" if by_tag or unnamed else _unknown_build(named, current))
    return ""


def _other_cluster(seen: str, uid: str, *, unnamed: bool) -> str:
    if seen == uid or (unnamed and not seen):
        return ""
    return "another cluster" if seen else "a run that did not identify its cluster"


def _other_build(named: Mapping[str, str], current: Current) -> str:
    for service, build in sorted(named.items()):
        if build != current.builds.get(service, build):
            return f"build {build} of {service}, and {current.builds[service]} answers now"
    return ""


def _unknown_build(named: Mapping[str, str], current: Current) -> str:
    if not current.builds or named.keys() & current.together:
        return ""
    seen = f"{', '.join(sorted(named))} alone" if named else "a run that named no build"
    return f"{seen}, which says nothing of {', '.join(sorted(current.together))}: look again with smoke.health"


def unchanged(one: Record, other: Record) -> bool:
    """Whether nothing is known to have changed between two runs: what only one of them looked at tells nothing."""
    theirs, ours = one.identity, other.identity
    return (
        one.digests.target == other.digests.target
        and ("" in {theirs.cluster_uid, ours.cluster_uid} or theirs.cluster_uid == ours.cluster_uid)
        and all(theirs.builds[service] == ours.builds[service] for service in theirs.builds.keys() & ours.builds.keys())
    )
