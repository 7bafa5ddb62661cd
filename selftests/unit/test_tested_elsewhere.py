"""What was tested on another target: which signed record counts, and how long."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golive.errors import NoEvidence, NotDescribed, StaleEvidence
from golive.evidence.record import FindingEntry
from golive.facts import tested_elsewhere
from golive.facts.after_rollback import Fixes
from golive.facts.tested_elsewhere import Elsewhere, finding_of, outcomes
from golive.target import Target, evidence
from golive.target.load import read
from selftests.ledgers import CHECKLIST, MINUTE, Release, finding, not_run, record
from selftests.people import NOW
from selftests.unit.answering import LAB

LATENCY, LOGS, OTHER = "performance.api_latency", "performance.log_errors", "smoke.health"
DAYS = 7
COMMAND = "pytest -m performance"
HINT = f"{COMMAND} --target=bare, then golive enter"


@pytest.fixture
def there(tmp_path: Path) -> Release:
    """The evidence folder of the other target; whose keys count is said here, in a file beside it."""
    made = Release(tmp_path / "there", CHECKLIST)
    shutil.copy(made.folder / "roles.toml", tmp_path)
    return made


def entered(there: Release, run: str, *findings: FindingEntry, days_ago: float = 0.0) -> str:
    """Put a record in; gives its digest."""
    there.enter(record(run, *findings, at=NOW - timedelta(days=days_ago)))
    return there.ledger.records[-1].sha256


def elsewhere(there: Release) -> Elsewhere:
    wanted = evidence.TestedElsewhere(target="bare", folder=Path("there"), items=frozenset({LATENCY, LOGS}), days=DAYS)
    return Elsewhere("load test", wanted, there.folder.parent, Path("roles.toml"), 5)


def newest(there: Release, now: datetime = NOW) -> tested_elsewhere.Tested:
    return elsewhere(there).newest("r1", now, COMMAND)[0]


def test_the_newest_that_looked_counts_whatever_it_found(there: Release) -> None:
    ended = NOW - timedelta(days=1)
    entered(there, "old", finding(LATENCY), finding(LOGS), days_ago=2)
    digest = entered(there, "new", finding(LATENCY, "FAIL"), finding(OTHER), days_ago=1)
    entered(there, "older", finding(LATENCY), finding(LOGS), days_ago=3)
    entered(there, "of-something-else", finding(OTHER))
    entered(there, "stopped-early", not_run(LATENCY), not_run(LOGS))
    found, its = elsewhere(there).newest("r1", NOW, COMMAND)
    seen = {LATENCY: "FAIL", LOGS: "not looked at"}
    assert found == tested_elsewhere.Tested("new", "bare", "r1", ended, seen, digest)
    assert (its.record.run, its.sha256) == ("new", digest)
    assert list(found.outcomes) == sorted([LATENCY, LOGS])


def test_one_item_that_was_looked_at_is_enough_to_be_the_newest(there: Release) -> None:
    entered(there, "all", finding(LATENCY), finding(LOGS), days_ago=1)
    entered(there, "one", not_run(LATENCY), finding(LOGS))
    assert newest(there).outcomes == {LATENCY: "not looked at", LOGS: "PASS"}


def test_what_ended_last_is_the_newest_however_long_it_took(there: Release) -> None:
    began = (NOW - timedelta(days=2)).isoformat()
    there.enter(record("long", finding(LATENCY), started=began), record("short", finding(LATENCY), at=NOW - MINUTE))
    assert newest(there).run == "long"


def test_both_sides_of_its_time(there: Release) -> None:
    entered(there, "one", finding(LATENCY))
    due = NOW + timedelta(days=DAYS)
    assert newest(there, due - timedelta(microseconds=1)).run == "one"
    with pytest.raises(StaleEvidence) as caught:
        newest(there, due)
    assert (caught.value.system, caught.value.hint) == ("load test", HINT)
    assert caught.value.message == "one is 7 days old; a load test counts 7"


@pytest.mark.parametrize("findings", [(), (finding(OTHER),), (not_run("a"), not_run("b"))])
def test_where_nobody_looked_what_would_is_said(findings: tuple[FindingEntry, ...], there: Release) -> None:
    if findings:
        entered(there, "one", *findings)
    asked = elsewhere(there)
    asked = replace(asked, wanted=asked.wanted.model_copy(update={"items": frozenset("gfedcba")}))
    with pytest.raises(NoEvidence) as caught:
        asked.newest("r1", NOW, COMMAND)
    assert (caught.value.system, caught.value.hint) == ("load test", HINT)
    assert caught.value.message == "no record of bare r1 looked at a, b, c, d, e, f, g"


def test_another_release_has_a_ledger_of_its_own(there: Release) -> None:
    entered(there, "one", finding(LATENCY))
    with pytest.raises(NoEvidence, match="no record of bare r2 looked at"):
        elsewhere(there).newest("r2", NOW, COMMAND)


def test_a_ledger_that_is_not_whole_proves_nothing(there: Release) -> None:
    entered(there, "one", finding(LATENCY))
    there.ledger.path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(NoEvidence, match="its ledger proves nothing: ") as caught:
        newest(there)
    assert caught.value.system == "load test"
    (there.folder.parent / "roles.toml").write_text("key = 1", encoding="utf-8")
    with pytest.raises(NoEvidence, match=r"its ledger proves nothing: .*roles\.toml"):
        newest(there)


def test_the_ledger_of_another_target_is_none_of_it(there: Release) -> None:
    entered(there, "one", finding(LATENCY))
    other = elsewhere(there)
    other = replace(other, wanted=other.wanted.model_copy(update={"target": "staging"}))
    with pytest.raises(NoEvidence, match="its ledger proves nothing: link 1: its record is of bare r1"):
        other.newest("r1", NOW, COMMAND)


def test_what_a_record_says_of_an_item(there: Release) -> None:
    entered(there, "one", finding(LATENCY), finding(LOGS, "FAIL"), not_run(OTHER))
    (its,) = there.ledger.records
    assert outcomes(its) == {LATENCY: "PASS", LOGS: "FAIL"}
    assert [(found.item, found.outcome) for item in (LOGS, OTHER) if (found := finding_of(its, item))] == [
        (LOGS, "FAIL"), (OTHER, "UNKNOWN"),
    ]  # fmt: skip
    assert finding_of(its, "smoke.gateway") is None


def described() -> Target:
    tested = {"target": "bare", "folder": "there", "items": [LATENCY, LOGS], "days": DAYS}
    return read(LAB).with_overlay({"rollback": {"fix": "r1", "tested": tested}, "evidence": {"roles": "roles.toml"}})


def test_the_fix_is_looked_for_by_its_own_release(there: Release) -> None:
    digest = entered(there, "one", finding(LATENCY), finding(LOGS))
    found = Fixes(described(), there.folder.parent, lambda: NOW).tested()
    assert found == tested_elsewhere.Tested("one", "bare", "r1", NOW, {LATENCY: "PASS", LOGS: "PASS"}, digest)


def test_a_fix_that_nobody_tested_or_too_long_ago(there: Release) -> None:
    with pytest.raises(NoEvidence) as caught:
        Fixes(described(), there.folder.parent, lambda: NOW).tested()
    assert (caught.value.system, caught.value.hint) == (
        "test of the fix", "pytest --release=r1 --target=bare, then golive enter",
    )  # fmt: skip
    entered(there, "one", finding(LATENCY))
    with pytest.raises(StaleEvidence, match="a test of the fix counts 7"):
        Fixes(described(), there.folder.parent, lambda: NOW + timedelta(days=DAYS)).tested()


def test_the_clock_is_that_of_now_unless_it_is_given(there: Release) -> None:
    due = datetime.now(UTC) - timedelta(days=DAYS)
    there.enter(record("old", finding(LATENCY), at=due))
    with pytest.raises(StaleEvidence, match="old is 7 days old"):
        Fixes(described(), there.folder.parent).tested()
    there.enter(record("new", finding(LATENCY), at=due + 5 * MINUTE))
    assert Fixes(described(), there.folder.parent).tested().run == "new"


@pytest.mark.parametrize("table", ["rollback", "evidence"])
def test_without_its_table_the_fix_cannot_be_looked_for(table: str, tmp_path: Path) -> None:
    without = described().model_copy(update={table: None})
    with pytest.raises(NotDescribed, match=rf"no table \[{table}\], which rollback\.fix_tested looks at"):
        Fixes(without, tmp_path).tested()
