"""What counts for each item now: of all records of a release, the newest finding of this identity that is fresh.

Yesterday's PASS of another build counts for nothing, a run that did not look at an item says nothing of it, and a FAIL
stands until something changed or somebody gave a signed reason: nobody reruns until green.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from golive.checklist import Checklist, Item
from golive.errors import Reason as Code
from golive.evidence.identity import Current, current_of, other_identity, unchanged
from golive.evidence.ledger import Entered, Reasoned
from golive.evidence.record import FindingEntry, Record, WaiverEntry
from golive.evidence.unseen import unseen

DEPLOYED = frozenset({"deployment", "smoke"})
"""Phases whose first finding on a build says since when it runs."""


@dataclass(frozen=True)
class Look:
    """One finding of one record."""

    finding: FindingEntry
    entered: Entered

    @property
    def at(self) -> datetime:
        """When the item was looked at."""
        return datetime.fromisoformat(self.finding.started or self.record.ended)

    @property
    def record(self) -> Record:
        """The run's record."""
        return self.entered.record


@dataclass(frozen=True)
class Stands:
    """What stands for an item. ``look``: None where nobody looked, ``finding`` too where no run was even asked for it.

    ``until``: None where time does not limit it. ``next_step``: the command that has somebody look, where nobody has.
    """

    item: Item
    finding: FindingEntry | None
    look: Look | None = None
    until: datetime | None = None
    remark: str = ""
    next_step: str = ""

    @property
    def told(self) -> str:
        """The remark, with what to do."""
        return "; ".join(filter(None, (self.remark, self.next_step)))

    @property
    def outcome(self) -> str:
        """The outcome that decides: UNKNOWN where nothing counts."""
        return self.finding.outcome if self.finding else "UNKNOWN"


@dataclass(frozen=True)
class Turned:
    """A FAIL, also one under a waiver, that turned to PASS on an unchanged identity; ``reason``: None without one."""

    item: str
    failed: Look
    reason: Reasoned | None

    @property
    def words(self) -> str:
        """The turn in one line."""
        waived = " under a waiver" if self.failed.finding.outcome == "WAIVED" else ""
        seen = f"{self.item}: FAIL{waived} in {self.failed.record.run}, later PASS with nothing changed"
        return f"{seen}: {self.reason.reason.why} ({self.reason.words})" if self.reason else f"{seen}: no signed reason"


@dataclass(frozen=True)
class Standing:
    """What stands for every item of the checklist, and what turned from FAIL to PASS."""

    items: Mapping[str, Stands]
    turned: tuple[Turned, ...]
    current: Record | None
    """The newest record."""
    waivers: tuple[WaiverEntry, ...]
    """Those that hide what stands."""


def standing(
    records: Sequence[Entered],
    reasons: Sequence[Reasoned],
    checklist: Checklist,
    now: datetime,
    tested: Collection[str] | None = None,
) -> Standing:
    """What counts at a moment. ``tested``: the items that have a test by now; None where that is not known."""
    newest = max((entered.record for entered in records), key=lambda record: record.ended, default=None)
    current = current_of(entered.record for entered in records)
    turned: list[Turned] = []
    items = {}
    for item in checklist.items:
        looks = sorted(_looks(records, item), key=lambda look: look.at)
        live = _live_since(records, current, checklist)
        stands = _stands(item, looks, current, live, checklist, now) if looks else _unseen(item, records, tested)
        found = list(_turned(stands, looks, reasons))
        turned += found
        unexplained = next((turn for turn in found if turn.reason is None), None)
        items[item.id] = _failed_still(stands, unexplained) if unexplained else stands
    return Standing(items, tuple(turned), newest, tuple(_hiding(items.values())))


def _looks(records: Iterable[Entered], item: Item) -> Iterator[Look]:
    for entered in records:
        for finding in entered.record.findings:
            if finding.item == item.id and finding.nodeid:
                yield Look(finding, entered)


def _stands(
    item: Item,
    looks: Sequence[Look],
    current: Current,
    live: datetime | None,
    checklist: Checklist,
    now: datetime,
) -> Stands:
    why = ""
    for look in reversed(looks):
        elsewhere = _elsewhere(item, look, current, now)
        against = elsewhere or _untimely(item, look, live, checklist, now)
        if not against:
            return Stands(item, look.finding, look, counts_until(item, look))
        why = why or against
        if not elsewhere and look.finding.outcome != "PASS":
            break  # what was bad since, also below a waiver, is not good again because time went by
    stale = looks[-1].finding.model_copy(
        update={"outcome": "UNKNOWN", "reason": Code.STALE_EVIDENCE.value, "message": why, "hint": "look again"}
    )
    return Stands(item, stale, looks[-1], remark=why)


def _unseen(item: Item, records: Sequence[Entered], tested: Collection[str] | None) -> Stands:
    found = unseen(item, [entered.record for entered in records], tested)
    return Stands(item, found.finding, remark=found.words, next_step=found.next_step)


def _elsewhere(item: Item, look: Look, current: Current, now: datetime) -> str:
    """Why a finding says nothing of what is there now, in words; empty where it does."""
    outcome = look.finding.outcome
    if look.at > now:
        return f"{outcome} of {_when(look.at)}, which is yet to come"
    other = other_identity(item, look.finding, look.record, current)
    if other:
        return f"{outcome} of {_when(look.at)} is of {other}"
    return ""


def _untimely(item: Item, look: Look, live: datetime | None, checklist: Checklist, now: datetime) -> str:
    """Why a finding of what is there now does not count, in words; empty where it does."""
    outcome = look.finding.outcome
    until = counts_until(item, look)
    if until is not None and now >= until:
        return f"{outcome} of {_when(look.at)} counted until {_when(until)}"
    after = checklist.phase_by_name[item.phase].after_hours
    if after and (live is None or look.at < live + timedelta(hours=after)):
        since = f"runs since {_when(live)}" if live else "was never seen to run"
        return f"{outcome} of {_when(look.at)} came before {after} hours were over: the release {since}"
    return ""


def counts_until(item: Item, look: Look) -> datetime | None:
    """When a finding stops counting: its freshness, its waiver and every statement that it rests on; None: never."""
    ends = [datetime.fromisoformat(end) for end in _named("valid_until", [e.fields for e in look.finding.evidence])]
    if item.fresh_hours:
        ends.append(look.at + timedelta(hours=item.fresh_hours))
    if look.finding.outcome == "WAIVED":
        ends += [datetime.fromisoformat(waiver.until) for waiver in _waivers_of(look)]
    return min(ends, default=None)


def _named(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and isinstance(inner, str):
                yield inner
            else:
                yield from _named(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(name, inner)


def _live_since(records: Sequence[Entered], current: Current, checklist: Checklist) -> datetime | None:
    """Since when the current builds are known to run: the first PASS of a smoke or deployment item on them."""
    seen = [
        look.at
        for item in checklist.items
        if item.phase in DEPLOYED
        for look in _looks(records, item)
        if look.finding.outcome == "PASS" and not other_identity(item, look.finding, look.record, current)
    ]
    return min(seen, default=None)


def _turned(stands: Stands, looks: Sequence[Look], reasons: Sequence[Reasoned]) -> Iterator[Turned]:
    if stands.look is None or stands.outcome != "PASS":
        return
    for look in looks:
        if look.at < stands.look.at and _failed(look) and unchanged(look.record, stands.look.record):
            yield Turned(stands.item.id, look, _reason(stands.item, look, reasons))


def failed_in(records: Sequence[Entered], item: Item) -> list[str]:
    """The runs that found a FAIL of the item, also where a waiver hid it: those of which a reason may be given."""
    return [look.record.run for look in _looks(records, item) if _failed(look)]


def _failed(look: Look) -> bool:
    """Whether the item did not hold, also where a waiver hid it."""
    return look.finding.outcome == "FAIL" or any(waiver.hides.startswith("FAIL") for waiver in _waivers_of(look))


def _reason(item: Item, look: Look, reasons: Sequence[Reasoned]) -> Reasoned | None:
    for given in reasons:
        reason = given.reason
        if (reason.item, reason.run, given.role) == (item.id, look.record.run, item.owner):
            return given
    return None


def _failed_still(stands: Stands, turned: Turned) -> Stands:
    words = f"{turned.words}\n{turned.failed.finding.message}".strip()
    hint = f"golive reason {stands.item.id} --run {turned.failed.record.run}, signed by its owner"
    failed = {"outcome": "FAIL", "message": words, "hint": hint}
    finding = turned.failed.finding.model_copy(update=failed)
    return Stands(stands.item, finding, turned.failed, remark=turned.words)


def _hiding(items: Iterable[Stands]) -> Iterator[WaiverEntry]:
    for stands in items:
        if stands.look is not None and stands.outcome == "WAIVED":
            yield from _waivers_of(stands.look)


def _waivers_of(look: Look) -> list[WaiverEntry]:
    return [w for w in look.record.waivers if w.item == look.finding.item and w.standing == "used"]


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
