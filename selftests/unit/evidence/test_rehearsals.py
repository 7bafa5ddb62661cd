"""Signed records of rehearsals: read as they were written, refused where anything changed, wrong where not PASS."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.evidence.envelope import seal
from golive.evidence.rehearsals import ITEMS, REHEARSAL, Look, Rehearsal, Revisions, Signed, When, read, write
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
    (suite,) = [key for key in people.roles.keys if key.role == "suite"]
    assert read(people.folder, "r1", people.roles) == [Signed(path, record(), suite)]
    assert read(people.folder, "r2", people.roles) == []


def test_records_of_a_release_are_read_by_the_names_of_their_files(people: People) -> None:
    for run in ("b", "a"):
        write(people.folder, record(run=run), people.signers["suite"])
    assert [found.path.name for found in read(people.folder, "r1", people.roles)] == ["a.dsse.json", "b.dsse.json"]


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
    looks = {when: look(when) for when in ITEMS}
    looks["before"] = Look(run="before", record_sha256="a" * 64, outcomes={"deployment.workloads": "PASS"})
    assert record(looks=looks).wrong == {"before: deployment.application_release": "not looked at"}


def test_a_record_that_another_role_signed_is_refused(people: People) -> None:
    path = write(people.folder, record(), people.signers["engineering_lead"])
    words = f"signed by {people.roles.keys[0].words}, not by a key of the suite"
    assert read(people.folder, "r1", people.roles) == [Signed(path, record(), None, words)]


@pytest.mark.usefixtures("ascii_locale")
def test_a_record_that_changed_or_is_none_says_why(people: People) -> None:
    path = write(people.folder, record(), people.signers["suite"])
    envelope = json.loads(path.read_text(encoding="utf-8"))
    fields, none = "an envelope has exactly the fields payload, payloadType, signatures", "is no record of a rehearsal"
    for raw, words in (
        (json.dumps(envelope | {"payload": "e30="}).encode(),
         "a signature is not by the key that it names, or the text changed since"),
        (json.dumps(envelope | {"é": ""}, ensure_ascii=False).encode(), fields),
        (b"\xff", none),
        (seal(b"{}", REHEARSAL, people.signers["suite"]).encode(), none),
    ):  # fmt: skip
        path.write_bytes(raw)
        assert read(people.folder, "r1", people.roles) == [Signed(path, None, refused=words)]
