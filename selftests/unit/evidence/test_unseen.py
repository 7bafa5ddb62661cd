"""Of an item that nobody looked at it is said whether it has no test, or its test was not run, and what to do next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from golive.evidence.record import FindingEntry, Record
from golive.evidence.unseen import unseen
from golive.evidence.verification import answer
from golive.report import of_ledger
from selftests.ledgers import CHECKLIST, Release, not_run, record
from selftests.people import NOW

ITEM = CHECKLIST.by_id["smoke.health"]
HOUR = timedelta(hours=1)
THEN = "pytest -m smoke, then golive enter"
NOBODY = "nobody has looked yet"
NO_TEST = (f"{NOBODY}: no test claims it", f"write its test, as CONTRIBUTING.md says; {THEN}")
NOT_RUN = (f"{NOBODY}: its test was not run", THEN)
NEWER = (f"{NOBODY}: its test is newer than the last run that was asked for it", THEN)


def run(name: str, hours_ago: int = 0, **changes: str) -> Record:
    """A run that was asked for the item and did not look."""
    return record(name, not_run(ITEM.id).model_copy(update=changes), at=NOW - hours_ago * HOUR)


WITHOUT = run("without", 2, reason="not_implemented", message="no test in tests_smoke/ claims it")
ASKED = run("asked", 1)


def told(records: list[Record], tested: tuple[str, ...] | None) -> tuple[FindingEntry | None, str]:
    """The finding, and all that is said in words."""
    found = unseen(ITEM, records, tested)
    return found.finding, "; ".join(filter(None, (found.words, found.next_step)))


@pytest.mark.parametrize(
    ("records", "tested", "reason", "says"),
    [
        ([WITHOUT], None, "not_implemented", NO_TEST),
        ([], (), "not_implemented", NO_TEST),
        ([ASKED], ("smoke.kafka",), "not_implemented", NO_TEST),
        ([ASKED], None, "not_run", NOT_RUN),
        ([ASKED], (ITEM.id,), "not_run", NOT_RUN),
        ([WITHOUT, ASKED], None, "not_run", NOT_RUN),
        ([ASKED, WITHOUT], None, "not_run", NOT_RUN),
        ([WITHOUT], (ITEM.id,), "not_run", NEWER),
        ([run("a", hint="run from /x")], None, "not_run", (NOT_RUN[0], "run from /x")),
        ([run("a", reason="interrupted", message="it ended")], None, "interrupted", (f"{NOBODY}: it ended", THEN)),
        ([record("other", not_run("smoke.kafka")), ASKED], None, "not_run", NOT_RUN),
    ],
)
def test_both_are_told_apart(
    records: list[Record], tested: tuple[str, ...] | None, reason: str, says: tuple[str, str]
) -> None:
    message, hint = says
    entry = FindingEntry(
        item=ITEM.id, outcome="UNKNOWN", reason=reason, message=message, hint=hint, evidence=[], nodeid="", started="",
        seconds=0.0, versions={},
    )  # fmt: skip
    assert told(records, tested) == (entry, f"{message}; {hint}")


@pytest.mark.parametrize("tested", [None, (ITEM.id,)])
def test_where_no_run_was_asked_no_finding_is_made_up(tested: tuple[str, ...] | None) -> None:
    others = [record("other", not_run("smoke.kafka"))]
    assert told(others, tested) == (None, f"{NOBODY}: no run was asked for it; {THEN}")


def test_what_was_waived_unseen_is_not_run() -> None:
    """A waiver lets go on what was looked at and did not hold; of what nobody saw nobody knows what it hides."""
    waived = not_run(ITEM.id).model_copy(update={"outcome": "WAIVED", "reason": None, "message": "waived"})
    entry, _ = told([record("a", waived)], None)
    assert entry is not None
    assert (entry.headline, entry.message) == ("UNKNOWN not_run", f"{NOBODY}: waived")


def test_the_page_says_both_with_what_to_do(release: Release) -> None:
    release.enter(ASKED)
    tested = CHECKLIST.by_id.keys() - {"smoke.kafka"}
    page = of_ledger.render(answer(replace(release.question("deployed"), tested=tested), signed=False))
    for words in ("Required items that have no test yet", "Required items that were not run", *NO_TEST[1:], THEN):
        assert words in page
