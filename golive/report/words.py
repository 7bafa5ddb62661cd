"""What several reports say in the same words: the scope of a decision, and what stands against it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from golive.checklist import Checklist
from golive.errors import Reason
from golive.evidence.record import FindingEntry, Record, WaiverEntry
from golive.evidence.roles import in_words

_AGAINST = ("FAIL", "UNKNOWN")
_ABOUT_PYTEST = re.compile(r"\s*(Use -v to get .*|Omitting \d+ identical items.*)?")
_ABBREVIATED = re.compile(r"assert .*\.\.\..* (==|<=|>=|<|>|in) .*")
_WHERE = re.compile(r"(\s*\+  (?:where|and) .*? = \w+)\(.*\)(\.\w+)?")
"""Of an explained assertion: a fact with all of its fields, and the one that was compared."""


def scope(record: Record, checklist: Checklist) -> str:
    """The phases that the run decided; of one that it decided in part only, so many items of so many."""
    names = []
    for phase, entry in record.phases.items():
        whole = sum(item.phase == phase for item in checklist.items)
        names.append(phase if len(entry.required) == whole else f"{phase} ({len(entry.required)} of its {whole} items)")
    return ", ".join(names) or "nothing"


def blockers(record: Record) -> list[FindingEntry]:
    """The required items that stand against GO: what does not hold first, each in the order of the day."""
    required = frozenset(record.required)
    against = [finding for finding in record.findings if finding.outcome in _AGAINST and finding.item in required]
    return sorted(against, key=lambda finding: _AGAINST.index(finding.outcome))


def seen(message: str) -> str:
    """What was seen, without pytest's words about itself: no advice to use its options, and nothing said twice.

    The record, and the report made by pytest-html, have the whole message.
    """
    lines = [line for line in message.strip().splitlines() if not _ABOUT_PYTEST.fullmatch(line)]
    lines = [_WHERE.sub(r"\1(…)\2", line.removeprefix("AssertionError: ")) for line in lines]
    details = [line for line in lines if line.startswith("  ")]
    return "\n".join(line for line in lines if not (details and _ABBREVIATED.fullmatch(line)))


def implemented(findings: Iterable[FindingEntry]) -> tuple[list[FindingEntry], list[FindingEntry]]:
    """Those of items that have a test, and those of items that have none: of these there is one thing to say."""
    found = list(findings)
    none = [finding for finding in found if finding.reason == Reason.NOT_IMPLEMENTED]
    return [finding for finding in found if finding.reason != Reason.NOT_IMPLEMENTED], none


def waived(record: Record) -> tuple[list[WaiverEntry], list[WaiverEntry]]:
    """The waivers that hide something, and those that hide nothing: expired, unused, no longer needed, not signed."""
    used = [waiver for waiver in record.waivers if waiver.standing == "used"]
    return used, [waiver for waiver in record.waivers if waiver.standing != "used"]


def idle(waiver: WaiverEntry) -> str:
    """A waiver that hides nothing, in one line."""
    return f"{waiver.item}: {waiver.standing} ({waiver.because}), {waiver.file}"


def owner(checklist: Checklist, item: str) -> str:
    """The role that an item belongs to, as people write it."""
    return in_words(checklist.by_id[item].owner)
