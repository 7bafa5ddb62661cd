"""A record of any number of items, each with more evidence than a page can hold of all."""

from __future__ import annotations

from golive import checklist as checklists
from golive.checklist import Checklist
from golive.evidence.record import EvidenceEntry, Record
from selftests.pages.failing import ROOT
from selftests.unit.test_texts import finding, record


def of_items(count: int, outcome: str = "PASS", letter: str = "x") -> tuple[Record, Checklist]:
    """So many items; of fifty one does not hold, and of the others this is said. All is written in that letter."""
    checklist = checklists.load(ROOT / "checklist.toml")
    items = tuple(
        checklist.items[n % 102].model_copy(update={"id": f"item.number_{n}", "title": f"Line {n}"})
        for n in range(count)
    )
    fields = {f"field {n}": letter * 500 for n in range(40)}
    findings = [
        finding(item.id, "FAIL" if n % 50 == 7 else outcome, None, f"{n} {letter * 2000}", letter * 400).model_copy(
            update={"evidence": [EvidenceEntry(subject="Fact", fields=fields)], "must": letter * 400}
        )
        for n, item in enumerate(items)
    ]
    return record(*findings), checklist.model_copy(update={"items": items})
