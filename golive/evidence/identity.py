"""What answers now, as the records of a release tell, and whether a finding is of that or of something else."""

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
STANDS_UNNAMED = frozenset({"FAIL", "UNKNOWN"})
"""Outcomes that hold nothing up that should pass."""


@dataclass(frozen=True)
class Now:
    """The newest record, and the build of each service by the newest one that names it."""

    record: Record
    builds: Mapping[str, str]
    together: frozenset[str]
    """Services that are known to answer together with what the newest run that named any asked."""
    cluster_uid: str
    """By the newest record that names one; empty where none does."""


def now_of(records: Iterable[Record]) -> Now | None:
    """What the records of a release tell; None where there are none. A run need not ask every service."""
    ordered = sorted(records, key=lambda record: record.ended)
    if not ordered:
        return None
    builds = {service: build for record in ordered for service, build in record.identity.builds.items()}
    together = _together([record.identity.builds for record in reversed(ordered)], builds)
    uids = [record.identity.cluster_uid for record in ordered if record.identity.cluster_uid]
    return Now(ordered[-1], builds, together, uids[-1] if uids else "")


def _together(named: Iterable[Mapping[str, str]], builds: Mapping[str, str]) -> frozenset[str]:
    """Beginning with the newest that names any, whatever a run that still holds saw beside a service known already."""
    holding = [each.keys() for each in named if each and each.items() <= builds.items()]
    found = set(holding[0]) if holding else set[str]()
    while joining := [each for each in holding if each & found and not each <= found]:
        found |= set().union(*joining)
    return frozenset(found)


def other_identity(item: Item, finding: FindingEntry, record: Record, now: Now) -> str:
    """What another thing than the current one was looked at, as far as the item is bound to it; or empty.

    To count towards GO, what was measured must be of a run that named the cluster or, after the deployment, the build
    of a service which is known to answer now: an empty field matches nothing but itself. What comes before the images
    exist is bound by the release's tag, what a person states by what it says; and a FAIL or UNKNOWN stands unless it
    is known to be of something else.
    """
    stands = finding.outcome in STANDS_UNNAMED or item.established in STATED
    if item.scope == "cluster":
        return _other_cluster(record.identity.cluster_uid, now.cluster_uid, unnamed=stands)
    if item.scope == "configuration" and record.digests.target != now.record.digests.target:
        return "another target file"
    if item.scope == "release":
        by_tag = item.phase in BEFORE or item.established in STATED
        named = finding.versions if by_tag else record.identity.builds
        unnamed = by_tag or stands or not now.builds
        return _other_build(named, now) or ("" if unnamed else _unknown_build(named, now))
    return ""


def _other_cluster(seen: str, uid: str, *, unnamed: bool) -> str:
    if seen and seen != uid:
        return "another cluster"
    if seen == uid or unnamed:
        return ""
    return "a run that named no cluster: look again with infrastructure.cluster"


def _other_build(named: Mapping[str, str], now: Now) -> str:
    for service in sorted(named.keys() & now.builds.keys()):
        if named[service] != now.builds[service]:
            return f"build {named[service]} of {service}, and {now.builds[service]} answers now"
    return ""


def _unknown_build(named: Mapping[str, str], now: Now) -> str:
    if named.keys() & now.together:
        return ""
    seen = f"{', '.join(sorted(named))} alone" if named else "a run that named no build"
    return f"{seen}, which says nothing of {', '.join(sorted(now.together))}: look again with smoke.health"


def same(one: Record, other: Record) -> bool:
    """Whether nothing of the identity changed between two runs, as far as both know it."""
    theirs, ours = one.identity.builds, other.identity.builds
    return (
        one.digests.target == other.digests.target
        and len({one.identity.cluster_uid, other.identity.cluster_uid} - {""}) <= 1
        and all(theirs[service] == ours[service] for service in theirs.keys() & ours.keys())
    )
