"""Statements that are refused, word for word: file, line, field and what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from golive.evidence.envelope import beside
from golive.evidence.home import Home
from golive.evidence.statements import Attestation, Waiver, read
from selftests.people import NOW, People, stamp
from selftests.unit.evidence.refusals import CHECKLIST, attestations_said, said, waivers_said


def test_waivers_that_may_not_be_are_told_word_for_word(people: People) -> None:
    people.waiver("a", item="functional.caiso_blocked", by=())
    people.waiver("b", item="performance.resource", by=())
    people.waiver("c", target="other", by=())
    people.waiver("d", by=())
    moved = "target: bare, or move the file"
    assert waivers_said(people) == [
        ("cannot be waived: it has to hold", "a.yaml", 1, "item", "remove this waiver"),
        ("is not an item of the checklist", "b.yaml", 1, "item", "did you mean 'performance.resources'?"),
        ("is for target 'other' and lies in the folder of 'bare'", "c.yaml", 2, "target", moved),
        ("is waived by c.yaml already", "d.yaml", 1, "item", "remove one of the two"),
    ]


def test_one_item_may_be_waived_for_two_releases_and_two_items_for_one(people: People) -> None:
    people.waiver("a")
    people.waiver("b", release="r2")
    people.waiver("c", item="performance.log_errors")
    assert len(Home(people.folder, people.folder, people.roles).waivers(CHECKLIST, "bare")) == 3


def test_attestations_of_nothing_are_told_word_for_word(people: People) -> None:
    people.attestation("a", item="smoke.health", by=())
    people.attestation("b", item="testing.uats", by=())
    people.attestation("c", target="other", by=())
    moved = "target: bare, or move the file"
    assert attestations_said(people) == [
        ("is measured: a statement decides nothing", "a.yaml", 1, "item", "remove it"),
        ("is not an item of the checklist", "b.yaml", 1, "item", "did you mean 'testing.uat'?"),
        ("is for target 'other' and lies in the folder of 'bare'", "c.yaml", 2, "target", moved),
    ]
    for name in "abc":
        (people.folder / "attestations" / f"{name}.yaml").unlink()
    people.attestation("good")
    (found,) = Home(people.folder, people.folder, people.roles).attestations(CHECKLIST, "bare")
    assert (found.path.name, found.refused, found.says.target) == ("good.yaml", "", "bare")


def test_files_that_are_no_statements_are_told_word_for_word(people: People) -> None:
    folder = people.folder / "waivers"
    (folder / "a.yaml.dsse.json").write_text("{}")
    (folder / "b.txt").write_text("")
    people.waiver("c").rename(folder / "c.yml")
    beside(folder / "c.yaml").rename(folder / "c.yml.dsse.json")
    assert waivers_said(people) == [
        ("signs a file that is not there", "a.yaml.dsse.json", 0, "", "remove it"),
        ("is no statement: its name must end in .yaml", "b.txt", 0, "", ""),
    ]
    (folder / "a.yaml.dsse.json").unlink()
    (folder / "b.txt").unlink()
    assert [each.path.name for each in read(people.folder, Waiver, people.roles)] == ["c.yml"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"author": "Manager Four"}, "author and approved_by must be two people"),
        ({"author": "MANAGER  four"}, "author and approved_by must be two people"),
        ({"until": stamp(NOW - timedelta(days=1))}, "until must be after created"),
        (
            {"until": stamp(NOW + timedelta(days=30))},
            "lasts longer than 30 days; fix it meanwhile, or waive it anew",
        ),
        ({"until": "2026-11-27T12:00:00"}, "must be in UTC and say so: 2026-11-26T10:00:00Z"),
    ],
)
def test_what_a_waiver_says_wrong_is_told_word_for_word(people: People, changes: dict[str, str], message: str) -> None:
    people.waiver(**changes)
    ((told, *_),) = waivers_said(people)
    assert told.removeprefix("Value error, ") == message


def test_names_that_only_look_alike_are_two_people(people: People) -> None:
    people.waiver(author="Manager Fo ur")
    assert len(read(people.folder, Waiver, people.roles)) == 1


def test_an_attestation_ends_after_it_begins(people: People) -> None:
    path = people.attestation(valid_until=stamp(NOW - timedelta(days=1)))
    ((told, *_),) = attestations_said(people)
    assert told.removeprefix("Value error, ") == "valid_until must be after signed_at"
    beside(path).unlink()
    people.attestation(valid_until=stamp(NOW - timedelta(days=1) + timedelta(seconds=1)))
    assert len(read(people.folder, Attestation, people.roles)) == 1


def test_a_problem_names_the_line_of_its_field_or_the_first(people: People) -> None:
    people.waiver()
    (waiver,) = read(people.folder, Waiver, people.roles)
    assert said(waiver.problem("is wrong", "ticket", "mend it")) == [("is wrong", "w.yaml", 8, "ticket", "mend it")]
    assert said(waiver.problem("is wrong")) == [("is wrong", "w.yaml", 1, "", "")]
    assert waiver.signed_by("operations_manager") is waiver.signers[0]
    assert waiver.signed_by("suite") is None
