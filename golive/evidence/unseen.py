"""What is said of an item that nobody looked at: it has no test, its test was not run, or no run was asked for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from golive.checklist import Item
from golive.errors import Reason
from golive.evidence.record import FindingEntry, Record

NOBODY = "nobody has looked yet"
WRITE = "write its test, as CONTRIBUTING.md says"


@dataclass(frozen=True)
class Unseen:
    """Why nobody has looked, and what to do next.

    ``finding``: what the newest run that was asked for the item says of it; None where none was. ``next_step``: the
    command that looks at the item's whole phase, or signs; empty where the run itself said what to do.
    """

    finding: FindingEntry | None
    words: str
    next_step: str = ""


def unseen(item: Item, records: Iterable[Record], tested: Collection[str] | None) -> Unseen:
    """What is said of an item that no record looked at.

    ``tested``: the items that have a test by now, which is newer than what a run knew; None where that is not known.
    """
    newest = sorted(records, key=lambda record: record.ended, reverse=True)
    said = next((found for record in newest for found in record.findings if found.item == item.id), None)
    reason = Reason(said.reason) if said and said.reason else Reason.NOT_RUN
    signed = item.phase == "signoff"
    next_step = f"golive sign --role {item.owner}" if signed else f"pytest -m {item.phase}, then golive enter"
    without = item.id not in tested if tested is not None else reason is Reason.NOT_IMPLEMENTED
    if without and not signed:
        return _unseen(item, Reason.NOT_IMPLEMENTED, "no test claims it", WRITE, next_step)
    if said is None:
        return Unseen(None, f"{NOBODY}: no run was asked for it", next_step)
    if reason is Reason.NOT_IMPLEMENTED:
        newer = "its test is newer than the last run that was asked for it"
        return _unseen(item, Reason.NOT_RUN, newer, "", next_step)
    return _unseen(item, reason, said.message, said.hint, "" if said.hint else next_step)


def _unseen(item: Item, reason: Reason, why: str, first: str, next_step: str) -> Unseen:
    """``first``: what to do before the next step."""
    message = f"{NOBODY}: {why}"
    entry = FindingEntry(
        item=item.id, outcome="UNKNOWN", reason=reason.value, message=message,
        hint="; ".join(filter(None, (first, next_step))), evidence=[], nodeid="", started="", seconds=0.0, versions={},
    )  # fmt: skip
    return Unseen(entry, "; ".join(filter(None, (message, first))), next_step)
