"""The revision to go back to, and which rehearsal of a rollback counts."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.errors import NoEvidence, NotDescribed, StaleEvidence, TooLittleData, WrongVersion
from golive.evidence.rehearsals import ITEMS, Rehearsal, write
from golive.facts.history import Content, Revision
from golive.facts.rollback_plan import Rehearsals, WayBack, way_back
from golive.target import Target
from golive.target.load import read
from selftests.people import NOW, People
from selftests.unit.answering import LAB

NEW, OLD, OLDEST = "2026.11.0", "2026.10.3", "2026.10.1"
DAYS = 7


def revision(number: int, tag: str, status: str = "superseded") -> Revision:
    return Revision(number, status, "Upgrade complete", "", Content("chart-1", tag, "v", "m"))


UNREADY = Revision(2, "superseded", 'Release "desk" failed: timed out', "", Content("chart-1", OLD, "v", "m"))


@pytest.mark.parametrize(
    ("history", "number", "tag"),
    [
        ([revision(1, OLDEST), revision(2, OLD, "deployed")], 2, OLD),
        ([revision(1, OLDEST), revision(2, OLD), revision(3, NEW, "deployed")], 2, OLD),
        ([revision(1, OLDEST), revision(2, OLD, "failed"), revision(3, NEW, "deployed")], 1, OLDEST),
        ([revision(1, OLD), revision(2, NEW), revision(3, NEW, "deployed")], 1, OLD),
        ([revision(1, OLD), revision(2, NEW), revision(3, OLD, "deployed")], 3, OLD),
        ([revision(1, OLD), revision(2, NEW), revision(3, "next", "failed"), revision(4, NEW, "deployed")], 1, OLD),
        ([revision(1, OLDEST), UNREADY, revision(3, NEW, "deployed")], 1, OLDEST),
    ],
)
def test_back_to_the_newest_of_another_release_that_was_deployed(
    history: list[Revision], number: int, tag: str
) -> None:
    found = way_back(history, NEW)
    assert found == WayBack(number, history[number - 1].status, tag, len(history))


@pytest.mark.parametrize("history", [[], [revision(1, NEW, "deployed")], [revision(1, OLD, "failed")]])
def test_nothing_to_go_back_to(history: list[Revision]) -> None:
    with pytest.raises(TooLittleData, match="there is none to go back to") as caught:
        way_back(history, NEW)
    assert "uninstall" in caught.value.hint


def test_without_a_release_nothing_can_be_told(tmp_path: Path) -> None:
    with pytest.raises(WrongVersion):
        way_back([revision(1, OLD)], "")
    with pytest.raises(WrongVersion):
        Rehearsals(described(), tmp_path).newest("")


def described() -> Target:
    evidence: dict[str, Any] = {"roles": "roles.toml", "rehearsal": {"folder": "staging", "days": DAYS}}
    return read(LAB).with_overlay({"evidence": evidence})


def record(run: str = "one", days_ago: float = 0.0, **changes: Any) -> Rehearsal:
    ended = NOW - timedelta(days=days_ago)
    looks = {
        when: {"run": when, "record_sha256": "a" * 64, "outcomes": dict.fromkeys(items, "PASS")}
        for when, items in ITEMS.items()
    }
    fields = {
        "run": run, "suite_version": "1", "target": "staging", "release": NEW, "earlier_release": OLD, "looks": looks,
        "revisions": {"current": 2, "earlier": 1, "rolled_back": 3, "rolled_forward": 4}, "journal_sha256": "b" * 64,
        "started": ended - timedelta(minutes=4), "ended": ended, **changes,
    }  # fmt: skip
    return Rehearsal.model_validate(fields)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


def put(people: People, *records: Rehearsal, by: str = "suite") -> Path:
    paths = [write(people.folder / "staging", each, people.signers[by]) for each in records]
    return paths[-1]


def rehearsals(people: People) -> Rehearsals:
    return Rehearsals(described(), people.folder, lambda: NOW)


def test_the_newest_counts(people: People) -> None:
    put(people, record("new", 1), record("old", 2, earlier_release=OLDEST))
    found = rehearsals(people).newest(NEW)
    assert (found.run, found.where, found.release, found.earlier_release) == ("new", "staging", NEW, OLD)
    assert (found.wrong, found.file) == ({}, "new.dsse.json")
    assert found.signed_by.startswith("CI (suite")


def test_what_went_wrong_is_told(people: People) -> None:
    put(people, record(looks={}))
    assert set(rehearsals(people).newest(NEW).wrong.values()) == {"not looked at"}


def test_both_sides_of_its_time(people: People) -> None:
    put(people, record(days_ago=DAYS - 1e-5))
    assert rehearsals(people).newest(NEW).run == "one"
    put(people, record(days_ago=DAYS))
    with pytest.raises(StaleEvidence, match="one is 7 days old; a rehearsal counts 7"):
        rehearsals(people).newest(NEW)


def test_one_that_counts_for_nothing_hides_no_good_one(people: People) -> None:
    put(people, record("a", 1))
    put(people, record("b"), by="security_officer")
    assert rehearsals(people).newest(NEW).run == "a"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "sandbox"}, f"one.dsse.json is of sandbox {NEW}, not of staging {NEW}"),
        ({"release": OLD}, f"one.dsse.json is of staging {OLD}, not of staging {NEW}"),
    ],
)
def test_of_something_else(people: People, changes: dict[str, Any], words: str) -> None:
    path = put(people, record(**changes))
    there = people.folder / "staging" / "rehearsals" / NEW / path.name
    there.parent.mkdir(exist_ok=True)
    path.rename(there)
    with pytest.raises(NoEvidence) as caught:
        rehearsals(people).newest(NEW)
    assert caught.value.message == words


def test_none_that_is_signed_as_it_must_be(people: People) -> None:
    with pytest.raises(NoEvidence, match=f"{NEW} was not rehearsed on staging") as caught:
        rehearsals(people).newest(NEW)
    assert caught.value.hint == "golive rehearse rollback --target staging"
    path = put(people, record(), by="security_officer")
    with pytest.raises(NoEvidence, match=r"signed by Officer Three .* not by a key of the suite"):
        rehearsals(people).newest(NEW)
    envelope = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**envelope, "payload": ""}), encoding="utf-8")
    with pytest.raises(NoEvidence, match=r"one\.dsse\.json: "):
        rehearsals(people).newest(NEW)
    (people.folder / "roles.toml").write_text("key = 1", encoding="utf-8")
    with pytest.raises(NoEvidence, match="its signature cannot be checked"):
        rehearsals(people).newest(NEW)


def test_a_target_that_names_none(people: People) -> None:
    target = described()
    assert target.evidence is not None
    without = target.model_copy(update={"evidence": target.evidence.model_copy(update={"rehearsal": None})})
    with pytest.raises(NotDescribed, match=r"no table \[evidence\.rehearsal\]"):
        Rehearsals(without, people.folder).newest(NEW)
