"""What changed between two closed runs: item by item, and in what they looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from golive.evidence.record import FindingEntry, Record

BETTER, WORSE, CHANGED, ONLY_BEFORE, ONLY_AFTER = "better", "worse", "changed", "only before", "only after"
_BADNESS = {"NOT APPLICABLE": 0, "PASS": 0, "WAIVED": 1, "UNKNOWN": 2, "FAIL": 3}


@dataclass(frozen=True)
class Change:
    """One item of which the two runs say different things. ``before`` and ``after``: None where a run says nothing."""

    item: str
    kind: str
    before: FindingEntry | None
    after: FindingEntry | None

    @property
    def words(self) -> str:
        """``FAIL -> PASS``, with reason codes."""
        return f"{_headline(self.before)} -> {_headline(self.after)}"


@dataclass(frozen=True)
class Difference:
    """All that changed. ``identity`` has the fields of it that differ, each before and after."""

    identity: Mapping[str, tuple[str, str]]
    changes: tuple[Change, ...]
    same: int
    """Items of which both say the same."""

    @property
    def same_release(self) -> bool:
        """Whether both looked at the same builds of the same release, target and checklist."""
        return not self.identity

    @property
    def red_to_green(self) -> tuple[Change, ...]:
        """FAIL, then PASS, with nothing of the identity changed: such a change needs a signed reason."""
        turned = (
            c for c in self.changes if c.before and c.after and (c.before.outcome, c.after.outcome) == ("FAIL", "PASS")
        )
        return tuple(turned) if self.same_release else ()


def difference(before: Record, after: Record) -> Difference:
    """Compare two records; an item counts as changed when its outcome or its reason code differs."""
    old, new = _by_item(before), _by_item(after)
    changes = tuple(_changes(old, new))
    changed = {change.item for change in changes}
    return Difference(dict(_identity(before, after)), changes, len((old.keys() & new.keys()) - changed))


def _changes(old: Mapping[str, FindingEntry], new: Mapping[str, FindingEntry]) -> Iterator[Change]:
    for item in dict.fromkeys((*old, *new)):
        before, after = old.get(item), new.get(item)
        if before is None or after is None:
            yield Change(item, ONLY_AFTER if before is None else ONLY_BEFORE, before, after)
        elif (before.outcome, before.reason) != (after.outcome, after.reason):
            step = _BADNESS[after.outcome] - _BADNESS[before.outcome]
            yield Change(item, WORSE if step > 0 else BETTER if step < 0 else CHANGED, before, after)


def _identity(before: Record, after: Record) -> Iterator[tuple[str, tuple[str, str]]]:
    old, new = _fields(before), _fields(after)
    for name in dict.fromkeys((*old, *new)):
        pair = old.get(name, ""), new.get(name, "")
        if pair[0] != pair[1]:
            yield name, pair


def _fields(record: Record) -> dict[str, str]:
    builds = {f"build of {service}": build for service, build in record.identity.builds.items()}
    return {
        "target": record.target,
        "release": record.identity.release,
        "cluster": record.identity.cluster_uid,
        **builds,
        "target file": record.digests.target[:12],
        "checklist": record.digests.checklist[:12],
        "suite": record.suite_version,
    }


def _by_item(record: Record) -> dict[str, FindingEntry]:
    return {finding.item: finding for finding in record.findings}


def _headline(finding: FindingEntry | None) -> str:
    return finding.headline if finding else "not looked at"
