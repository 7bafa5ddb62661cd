"""The decision page of a gate says what changed since the run before, and since the release before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from golive.evidence.ledger import ledger
from golive.evidence.record import Identity, Record
from golive.report import of_ledger
from selftests.ledgers import CHECKLIST, Release, close, finding, only, record
from selftests.people import NOW

ITEMS = only(CHECKLIST, ["smoke.health", "smoke.kafka"])
HOUR = timedelta(hours=1)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path, ITEMS)


def enter_other(release: Release, name: str, found: Record) -> Path:
    """Put a record into the ledger of another release; gives that ledger's folder."""
    identity = Identity(release=name, builds={"gateway": name}, cluster_uid="", cluster_uid_absent_because="none")
    run = close(found.model_copy(update={"identity": identity}), release.folder / "runs" / found.run)
    theirs = ledger(release.folder, "bare", name, release.people.roles)
    theirs.enter(run, release.people.signers["suite"], NOW - HOUR)
    return theirs.folder


def changes(release: Release) -> dict[str, tuple[str, ...]]:
    return dict(of_ledger.page(release.answer("deployed")).changes)


def test_one_run_of_one_release_is_compared_with_nothing(release: Release) -> None:
    assert changes(release) == {}
    release.enter(record("first", finding("smoke.health")))
    assert changes(release) == {}


def test_what_the_newest_run_changed_is_told_beside_the_run_before(release: Release) -> None:
    early = NOW - 2 * HOUR
    release.enter(record("first", finding("smoke.health", at=early), at=early))
    release.enter(record("second", finding("smoke.health", "FAIL", NOW - HOUR), finding("smoke.kafka", at=NOW - HOUR)))
    assert changes(release) == {
        "the run that ended 2026-11-26 10:00 UTC": ("smoke.health: PASS, now FAIL", "smoke.kafka: NOT ASKED, now PASS")
    }


def test_the_release_before_is_the_one_whose_last_run_came_last_before_ours(release: Release) -> None:
    for name, days in (("r0", 2), ("r00", 9)):
        at = NOW - timedelta(days=days)
        found = (finding("smoke.health", "FAIL" if days == 9 else "PASS", at), finding("smoke.kafka", "FAIL", at))
        enter_other(release, name, record(f"of-{name}", *found, at=at))
    later = NOW + HOUR
    enter_other(release, "r2", record("of-r2", finding("smoke.health", "FAIL", later), at=later))
    release.enter(record("ours", finding("smoke.health"), finding("smoke.kafka")))
    assert changes(release) == {"release r0": ("smoke.kafka: FAIL, now PASS",)}


def test_a_ledger_that_is_not_whole_is_compared_with_nothing(release: Release) -> None:
    at = NOW - timedelta(days=2)
    folder = enter_other(release, "r0", record("of-r0", finding("smoke.health", "FAIL", at), at=at))
    release.enter(record("ours", finding("smoke.health")))
    assert changes(release) == {"release r0": ("smoke.health: FAIL, now PASS",)}
    (folder / "chain.jsonl").write_text("{}\n", encoding="utf-8")
    assert changes(release) == {}
