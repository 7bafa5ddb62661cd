"""What the release is now, by all its records, and whether a record looked at that or at another thing.

A run tells the builds and the cluster that its items asked; a field that it left empty says nothing about the thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from golive.checklist import Item
from golive.evidence.record import Record


@dataclass(frozen=True)
class Current:
    """The release as it was last seen: every field from the newest record that knows it."""

    builds: Mapping[str, str]
    """By service."""
    cluster_uid: str
    """Empty where no record names a cluster."""
    target: str
    """sha256 of the target file of the newest record."""


def current_of(records: Iterable[Record]) -> Current:
    """What all records of a release together know of it; a newer one outweighs an older."""
    builds: dict[str, str] = {}
    cluster_uid = target = ""
    for record in sorted(records, key=lambda each: each.ended):
        builds.update(record.identity.builds)
        cluster_uid = record.identity.cluster_uid or cluster_uid
        target = record.digests.target
    return Current(builds, cluster_uid, target)


def other_identity(item: Item, record: Record, current: Current) -> str:
    """What another thing than the current one a record looked at, as far as the item is bound to it; or empty.

    A run that identified no cluster counts for items of the cluster only as long as no run of the release did.
    """
    if item.scope == "cluster" and record.identity.cluster_uid != current.cluster_uid:
        return "another cluster" if record.identity.cluster_uid else "a run that did not identify its cluster"
    if item.scope == "configuration" and record.digests.target != current.target:
        return "another target file"
    if item.scope == "release":
        for service, build in sorted(record.identity.builds.items()):
            if build != current.builds[service]:
                return f"build {build} of {service}, and {current.builds[service]} answers now"
    return ""


def unchanged(one: Record, other: Record) -> bool:
    """Whether nothing is known to have changed between two runs: what only one of them looked at tells nothing."""
    theirs, ours = one.identity, other.identity
    return (
        one.digests.target == other.digests.target
        and ("" in {theirs.cluster_uid, ours.cluster_uid} or theirs.cluster_uid == ours.cluster_uid)
        and all(theirs.builds[service] == ours.builds[service] for service in theirs.builds.keys() & ours.builds.keys())
    )
