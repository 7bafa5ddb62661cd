"""What is said of an item that nobody looked at: it has no test, its test was not run, or no run was asked for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from golive.checklist import Item
from golive.errors import Reason
from golive.evidence.record import FindingEntry, Record

NOBODY = "nobody has looked yet"


def unseen(item: Item, records: Iterable[Record], tested: Collection[str] | None) -> tuple[FindingEntry | None, str]:
    """What the newest run that was asked for it says, None where none was; and all of it in words, with what to do.

    ``tested``: the items that have a test by now, which is newer than what a run knew; None where that is not known.
    """
    newest = sorted(records, key=lambda record: record.ended, reverse=True)
    said = next((found for record in newest for found in record.findings if found.item == item.id), None)
    reason = Reason(said.reason) if said and said.reason else Reason.NOT_RUN
    signed, next_step = item.phase == "signoff", _next_step(item)
    without = item.id not in tested if tested is not None else reason is Reason.NOT_IMPLEMENTED
    if without and not signed:
        words, hint = "no test claims it", f"write its test, as CONTRIBUTING.md says; {next_step}"
        return _entry(item, Reason.NOT_IMPLEMENTED, words, hint)
    if said is None:
        return None, f"{NOBODY}: no run was asked for it; {next_step}"
    if reason is Reason.NOT_IMPLEMENTED:
        return _entry(item, Reason.NOT_RUN, "its test is newer than the last run that was asked for it", next_step)
    return _entry(item, reason, said.message, said.hint or next_step)


def without_next_step(item: Item, words: str) -> str:
    """The same words for a list of items, below which the command that looks at their whole phase is said once."""
    return words.removesuffix(f"; {_next_step(item)}")


def _next_step(item: Item) -> str:
    signed = item.phase == "signoff"
    return f"golive sign --role {item.owner}" if signed else f"pytest -m {item.phase}, then golive enter"


def _entry(item: Item, reason: Reason, words: str, hint: str) -> tuple[FindingEntry, str]:
    message = f"{NOBODY}: {words}"
    entry = FindingEntry(
        item=item.id, outcome="UNKNOWN", reason=reason.value, message=message, hint=hint, evidence=[], nodeid="",
        started="", seconds=0.0, versions={},
    )  # fmt: skip
    return entry, f"{message}; {hint}"
