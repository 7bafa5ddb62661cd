"""Which statement counts: the newest that is signed, in time, of this release, and of documents as they are now."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.errors import CannotEstablish, NoEvidence, NotDescribed, Reason, StaleEvidence
from golive.facts.attestations import Attestations
from golive.target.load import read
from selftests.people import DAY, NOW, People, stamp
from selftests.project import bare_target

ITEM = "postdeploy.support_briefed"
SECOND = timedelta(seconds=1)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path / "evidence")


def attestations(people: People, now: datetime = NOW, more: str = "") -> Attestations:
    root = people.folder.parent
    table = (
        '[evidence]\nfolder = "evidence"\nroles = "evidence/roles.toml"\npilot_users = ["Pilot Five"]\n'
        "exercise = { rto_minutes = 60, rpo_minutes = 15, days = 180 }\n" + more + "[cluster] "
    )
    (root / "bare.toml").write_text(bare_target().replace("[cluster] ", table), encoding="utf-8")
    return Attestations(read(root / "bare.toml").target, "r1", root, lambda: now)


def reason(people: People, now: datetime = NOW) -> Reason | None:
    try:
        attestations(people, now).of(ITEM, by="operations_manager")
    except CannotEstablish as error:
        return error.reason
    return None


def test_both_ends_of_its_time(people: People) -> None:
    people.attestation()
    begin, end = NOW - DAY, NOW + DAY
    assert reason(people, begin - SECOND) is Reason.NO_EVIDENCE
    assert reason(people, begin) is None
    assert reason(people, end - SECOND) is None
    assert reason(people, end) is Reason.STALE_EVIDENCE


def test_an_end_on_the_29_of_february_is_that_day(people: People) -> None:
    people.attestation(signed_at="2028-02-22T00:00:00Z", valid_until="2028-02-29T00:00:00Z")
    end = datetime(2028, 2, 29, tzinfo=NOW.tzinfo)
    assert reason(people, end - SECOND) is None
    assert reason(people, end) is Reason.STALE_EVIDENCE


def test_the_newest_that_counts_is_taken(people: People) -> None:
    people.attestation("old", signed_at=stamp(NOW - 2 * DAY), statement="the older statement")
    people.attestation("new", signed_at=stamp(NOW - DAY), statement="the newer statement")
    people.attestation("unsigned", signed_at=stamp(NOW - SECOND), by=())
    assert attestations(people).of(ITEM, by="operations_manager").statement == "the newer statement"


def test_where_none_counts_the_newest_says_why(people: People) -> None:
    people.attestation("old", signed_at=stamp(NOW - 2 * DAY), valid_until=stamp(NOW - DAY))
    people.attestation("new", release="r0")
    with pytest.raises(StaleEvidence, match=r"new.yaml is for release r0, not for r1"):
        attestations(people).of(ITEM, by="operations_manager")


def test_another_roles_statement_is_none(people: People) -> None:
    people.attestation(role="product_owner", name="Owner Two", by=("product_owner",))
    with pytest.raises(NoEvidence, match="the operations manager has stated nothing"):
        attestations(people).of(ITEM, by="operations_manager")


def test_a_key_of_that_role_under_anothers_name_is_none(people: People) -> None:
    people.attestation(name="Manager Nine")
    with pytest.raises(NoEvidence, match="no key of Manager Nine, operations manager, has signed it"):
        attestations(people).of(ITEM, by="operations_manager")


def test_a_document_that_changed_or_is_gone_voids_it(people: People) -> None:
    plan = people.folder.parent / "plan.md"
    plan.write_text("one")
    people.attestation(evidence=[{"uri": "plan.md", "sha256": hashlib.sha256(b"one").hexdigest()}])
    found = attestations(people).of_document(ITEM, by="operations_manager", document=Path("plan.md"), field="x")
    assert set(found.documents) == {"plan.md"}
    with pytest.raises(NoEvidence, match=r"does not name other\.md"):
        attestations(people).of_document(ITEM, by="operations_manager", document=Path("other.md"), field="x")
    plan.write_text("two")
    assert reason(people) is Reason.STALE_EVIDENCE
    plan.unlink()
    assert reason(people) is Reason.NO_EVIDENCE


def test_a_document_is_that_of_the_targets_field(people: People) -> None:
    people.folder.parent.joinpath("plan.md").write_text("one")
    people.attestation(evidence=[{"uri": "plan.md", "sha256": hashlib.sha256(b"one").hexdigest()}])
    with pytest.raises(NoEvidence, match=r"the target does not name its evidence\.rollback_plan"):
        attestations(people).of_field(ITEM, by="operations_manager", field="rollback_plan")
    named = attestations(people, more='rollback_plan = "plan.md"\n')
    assert set(named.of_field(ITEM, by="operations_manager", field="rollback_plan").documents) == {"plan.md"}


def test_a_target_without_the_table_names_no_document(tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text(bare_target(), encoding="utf-8")
    stated = Attestations(read(tmp_path / "bare.toml").target, "r1", tmp_path)
    with pytest.raises(NotDescribed, match=r"the target has no table \[evidence\]"):
        stated.of_field(ITEM, by="operations_manager", field="configuration")


def test_an_exercise_counts_so_many_days(people: People) -> None:
    measured = {"rto_minutes": "42", "rpo_minutes": "5"}
    item = "testing.disaster_recovery"
    people.attestation(item=item, measured=measured, release="r0", valid_until=stamp(NOW + 300 * DAY))
    begin = NOW - DAY
    assert attestations(people, begin + 180 * DAY - SECOND).exercise(item, by="operations_manager").rto_minutes == 42
    with pytest.raises(StaleEvidence, match="180 days old"):
        attestations(people, begin + 180 * DAY).exercise(item, by="operations_manager")


def test_every_pilot_user_has_to_state_it(people: People) -> None:
    with pytest.raises(NoEvidence, match="Pilot Five, the pilot user, has stated nothing"):
        attestations(people).of_every_pilot_user("testing.uat")
    people.attestation(item="testing.uat", role="pilot_user", name="Pilot Five", by=("pilot_user",), holds=False)
    (found,) = attestations(people).of_every_pilot_user("testing.uat")
    assert not found.holds


def test_a_malformed_neighbour_is_named(people: People) -> None:
    people.attestation()
    people.attestation("wrong", statement=None)
    with pytest.raises(NoEvidence, match=r"wrong.yaml:1: statement: required field is missing"):
        attestations(people).of(ITEM, by="operations_manager")


@pytest.mark.parametrize("says", [{"holds": True}, {"holds": False}])
def test_a_statement_that_was_replaced_does_not_count_again(people: People, says: dict[str, Any]) -> None:
    end = NOW - SECOND
    people.attestation("old", signed_at=stamp(NOW - 2 * DAY), valid_until=stamp(NOW + DAY))
    people.attestation("new", signed_at=stamp(NOW - DAY), valid_until=stamp(end), **says)
    assert attestations(people, end - SECOND).of(ITEM, by="operations_manager").holds == says["holds"]
    words = r"new\.yaml has expired on 2026-11-26 11:59 UTC; it replaced what was stated before it"
    for now in (end, NOW):
        with pytest.raises(StaleEvidence, match=words) as raised:
            attestations(people, now).of(ITEM, by="operations_manager")
        assert raised.value.hint == f"golive attest {ITEM}"


def test_a_replaced_statement_does_not_count_again_with_the_document_that_it_named(people: People) -> None:
    plan = people.folder.parent / "plan.md"
    for file, text, days in (("old", b"one", 2), ("new", b"two", 1)):
        digest = hashlib.sha256(text).hexdigest()
        people.attestation(file, signed_at=stamp(NOW - days * DAY), evidence=[{"uri": "plan.md", "sha256": digest}])
    plan.write_text("one")
    with pytest.raises(StaleEvidence, match=r"new\.yaml: plan\.md changed since it was looked at"):
        attestations(people).of(ITEM, by="operations_manager")


@pytest.mark.parametrize(
    ("by", "changes"),
    [
        ((), {}),
        (("product_owner",), {}),
        (("operations_manager",), {"release": "r0"}),
        (("operations_manager",), {"target": "elsewhere"}),
        (("operations_manager",), {"signed_at": stamp(NOW + SECOND)}),
        (("operations_manager",), {"item": "postdeploy.users_notified"}),
    ],
)
def test_what_was_not_rightly_stated_here_replaces_nothing(
    people: People, by: tuple[str, ...], changes: dict[str, str]
) -> None:
    people.attestation("old", signed_at=stamp(NOW - 2 * DAY))
    people.attestation("new", by, **{"signed_at": stamp(NOW - SECOND), "holds": False, **changes})
    assert attestations(people).of(ITEM, by="operations_manager").file == "old.yaml"


def test_of_two_statements_of_one_moment_the_denial_is_the_last_word(people: People) -> None:
    for names in (("a", "b"), ("d", "c")):
        for file, holds in zip(names, (False, True), strict=True):
            people.attestation(file, holds=holds)
        assert not attestations(people).of(ITEM, by="operations_manager").holds
