"""Signed records of rehearsals: read as they were written, refused where anything changed, wrong where not PASS."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.evidence.envelope import seal
from golive.evidence.rehearsals import ITEMS, REHEARSAL, Look, Rehearsal, Revisions, When, read, write
from selftests.people import NOW, People


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path / "evidence")


def look(when: When, **outcomes: str) -> Look:
    found = dict.fromkeys(ITEMS[when], "PASS") | {f"rollback.{name}": outcome for name, outcome in outcomes.items()}
    return Look(run=when, record_sha256="a" * 64, outcomes=found)


def record(**changes: Any) -> Rehearsal:
    looks = {when: look(when) for when in ITEMS}
    fields: dict[str, Any] = {
        "run": "run", "suite_version": "0", "target": "staging", "release": "r1", "earlier_release": "r0",
        "revisions": Revisions(current=3, earlier=2, rolled_back=4, rolled_forward=5), "looks": looks,
        "started": NOW - timedelta(hours=1), "ended": NOW, "journal_sha256": "b" * 64,
    }  # fmt: skip
    return Rehearsal(**{**fields, **changes})


def test_a_record_is_read_as_it_was_signed(people: People) -> None:
    path = write(people.folder, record(), people.signers["suite"])
    assert path.relative_to(people.folder).as_posix() == "rehearsals/r1/run.dsse.json"
    (found,) = read(people.folder, "r1", people.roles)
    assert (found.says, found.refused) == (record(), "")
    assert found.signer is not None
    assert found.signer.role == "suite"
    assert read(people.folder, "r2", people.roles) == []


def test_what_is_not_a_pass_and_what_nobody_looked_at_is_wrong() -> None:
    assert record().wrong == {}
    looks = {
        "before": look("before"),
        "rolled_back": look("rolled_back", workloads="FAIL", application="UNKNOWN timeout"),
    }
    assert record(looks=looks).wrong == {
        "rolled_back: rollback.workloads": "FAIL", "rolled_back: rollback.application": "UNKNOWN timeout",
        "rolled_forward: deployment.application_release": "not looked at",
        "rolled_forward: deployment.workloads": "not looked at",
    }  # fmt: skip


def test_a_record_that_another_role_signed_is_refused(people: People) -> None:
    write(people.folder, record(), people.signers["engineering_lead"])
    (found,) = read(people.folder, "r1", people.roles)
    assert found.signer is None
    assert "not by a key of the suite" in found.refused


@pytest.mark.parametrize("payload", ["e30=", None])
def test_a_record_that_changed_or_is_none_says_nothing(people: People, payload: str | None) -> None:
    path = write(people.folder, record(), people.signers["suite"])
    envelope = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**envelope, "payload": payload}) if payload else "nothing", encoding="utf-8")
    (found,) = read(people.folder, "r1", people.roles)
    assert found.says is None
    assert found.refused


def test_what_is_signed_and_is_no_rehearsal_says_nothing(people: People) -> None:
    path = write(people.folder, record(), people.signers["suite"])
    path.write_text(seal(b"{}", REHEARSAL, people.signers["suite"]), encoding="utf-8")
    (found,) = read(people.folder, "r1", people.roles)
    assert (found.says, found.refused) == (None, "is no record of a rehearsal")
