"""Whether a finding is of what answers now: of the same builds, of another, of none that is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from golive import checklist as checklists
from golive.evidence.identity import Current, bound_by_builds, current_of, other_identity, unchanged
from golive.evidence.record import Record
from selftests.ledgers import finding, record
from selftests.people import NOW

ITEMS = checklists.load(Path(__file__).parents[3] / "checklist.toml").by_id
SMOKE, UAT, SUPPORT, CHANGE = "smoke.kafka", "testing.uat", "postdeploy.support_briefed", "preflight.change_request"
BOTH = {"gateway": "r1", "prices": "r1"}
ALONE = "which says nothing of"


def runs(*builds: Mapping[str, str]) -> list[Record]:
    """Records with these builds, a minute apart, oldest first."""
    return [
        record(f"run-{number}", finding(SMOKE), builds=each, at=NOW + timedelta(minutes=number))
        for number, each in enumerate(builds)
    ]


def other(item: str, outcome: str, *builds: Mapping[str, str], versions: Mapping[str, str] | None = None) -> str:
    """What another thing the oldest of these runs looked at, by the words of the verdict."""
    records = runs(*builds)
    now = current_of(reversed(records))
    seen = finding(item, outcome).model_copy(update={"versions": dict(versions or {})})
    return other_identity(ITEMS[item], seen, records[0], now)


def test_builds_bind_what_was_measured_of_the_release_once_it_is_deployed() -> None:
    bound = {item: bound_by_builds(ITEMS[item]) for item in (SMOKE, UAT, SUPPORT, CHANGE, "infrastructure.dns")}
    assert bound == {SMOKE: True, UAT: False, SUPPORT: False, CHANGE: False, "infrastructure.dns": False}


def test_of_no_record_nothing_is_known() -> None:
    assert current_of([]) == Current({}, frozenset(), "", "")


@pytest.mark.parametrize("outcome", ["PASS", "WAIVED", "NOT APPLICABLE"])
@pytest.mark.parametrize(
    "builds",
    [
        [{}],
        [{}, {}],
        [BOTH, BOTH],
        [{"prices": "r1"}, BOTH],
        [BOTH, {"prices": "r1"}],
        [BOTH, {}],
        [{"prices": "r1"}, BOTH, {"gateway": "r1"}],
        [{"prices": "r1"}, {"gateway": "r1"}, BOTH],
        [BOTH, {"prices": "r1"}, {"gateway": "r1"}],
        [{"jobs": "r1"}, {"jobs": "r1", "prices": "r1"}, BOTH, {"gateway": "r1"}],
        [{"jobs": "r1"}, {"gateway": "r1"}, BOTH, {"jobs": "r1", "prices": "r1"}],
    ],
)
def test_what_is_of_the_builds_that_answer(builds: list[Mapping[str, str]], outcome: str) -> None:
    assert other(SMOKE, outcome, *builds) == ""


@pytest.mark.parametrize(
    ("builds", "words"),
    [
        (
            [{}, BOTH],
            f"a run that named no build, {ALONE} gateway, prices: look again with smoke.health",
        ),
        ([{}, {"gateway": "r1"}, {}], f"a run that named no build, {ALONE} gateway: look again with smoke.health"),
        ([{"prices": "r1"}, {"gateway": "r1"}], f"prices alone, {ALONE} gateway: look again with smoke.health"),
        (
            [{"jobs": "r1", "prices": "r1"}, {"gateway": "r1"}],
            f"jobs, prices alone, {ALONE} gateway: look again with smoke.health",
        ),
        # What once answered beside it is another build by now, and links nothing.
        (
            [{"prices": "r1"}, BOTH, {"gateway": "r2"}],
            f"prices alone, {ALONE} gateway: look again with smoke.health",
        ),
        ([BOTH, {"gateway": "r2"}], "build r1 of gateway, and r2 answers now"),
        ([BOTH, {"gateway": "r2"}, {"prices": "r1"}], "build r1 of gateway, and r2 answers now"),
        ([BOTH, {"gateway": "r2", "prices": "r2"}], "build r1 of gateway, and r2 answers now"),
    ],
)
@pytest.mark.parametrize("outcome", ["PASS", "WAIVED", "NOT APPLICABLE"])
def test_what_is_not(builds: list[Mapping[str, str]], words: str, outcome: str) -> None:
    assert other(SMOKE, outcome, *builds) == words


@pytest.mark.parametrize("outcome", ["FAIL", "UNKNOWN"])
def test_what_is_red_stands_unless_it_is_known_to_be_of_another_build(outcome: str) -> None:
    assert other(SMOKE, outcome, {}, BOTH) == other(SMOKE, outcome, {"prices": "r1"}, {"gateway": "r1"}) == ""
    assert other(SMOKE, outcome, BOTH, {"gateway": "r2"}) == "build r1 of gateway, and r2 answers now"


@pytest.mark.parametrize("item", [UAT, CHANGE, SUPPORT])
def test_before_the_images_exist_or_where_a_person_states_the_tag_is_enough(item: str) -> None:
    assert other(item, "PASS", {}, BOTH) == ""
    assert other(item, "PASS", {"gateway": "r0"}, BOTH) == "", "what answered beside it was the release before"
    named = other(item, "PASS", {}, BOTH, versions={"gateway": "r0"})
    assert named == "build r0 of gateway, and r1 answers now"
    assert other(item, "PASS", {}, BOTH, versions={"gateway": "r1"}) == ""
    assert other(item, "PASS", {}, BOTH, versions={"jobs": "r0"}) == "", "of which no run knows what answers now"


def in_cluster(uid: str, minutes: int) -> Record:
    (seen,) = runs(BOTH)
    identity = seen.identity.model_copy(update={"cluster_uid": uid})
    ended = (NOW + timedelta(minutes=minutes)).isoformat()
    return seen.model_copy(update={"identity": identity, "run": f"in-{uid}-{minutes}", "ended": ended})


@pytest.mark.parametrize(
    ("uids", "words"),
    [
        (["", ""], ""),
        (["a", "a"], ""),
        (["a", ""], ""),
        (["a", "b", "a", ""], ""),
        (["a", "b"], "another cluster"),
        (["a", "b", ""], "another cluster"),
        (["", "a"], "a run that did not identify its cluster"),
        (["", "a", ""], "a run that did not identify its cluster"),
    ],
)
def test_of_which_cluster(uids: list[str], words: str) -> None:
    records = [in_cluster(uid, minutes) for minutes, uid in enumerate(uids)]
    now = current_of(reversed(records))

    def seen(item: str, outcome: str = "PASS") -> str:
        return other_identity(ITEMS[item], finding(item, outcome), records[0], now)

    assert seen("infrastructure.dns") == seen("infrastructure.dns", "WAIVED") == words
    unless_known = words if words == "another cluster" else ""
    assert seen("infrastructure.dns", "FAIL") == seen("infrastructure.dns", "UNKNOWN") == unless_known
    assert seen("testing.disaster_recovery") == unless_known
    assert seen("security.admin_mfa") == ""


def test_of_which_target_file() -> None:
    one, two = runs(BOTH, BOTH)
    changed = two.model_copy(update={"digests": two.digests.model_copy(update={"target": "u" * 64})})
    now, later = current_of([one, two]), current_of([one, changed])
    item = "security.admin_mfa"
    assert other_identity(ITEMS[item], finding(item), one, now) == ""
    assert other_identity(ITEMS[item], finding(item), one, later) == "another target file"
    assert other_identity(ITEMS["infrastructure.dns"], finding("infrastructure.dns"), one, later) == ""
    assert not unchanged(one, changed)


def test_a_cluster_that_one_of_them_does_not_name_is_no_other() -> None:
    assert unchanged(in_cluster("a", 0), in_cluster("", 1))
    assert unchanged(in_cluster("", 0), in_cluster("a", 1))
    assert not unchanged(in_cluster("a", 0), in_cluster("b", 1))


def test_nothing_changed_as_far_as_both_know_it() -> None:
    for one, two, alike in (
        (BOTH, BOTH, True), ({}, BOTH, True), ({"prices": "r1"}, {"gateway": "r1"}, True),
        (BOTH, {"prices": "r2"}, False), ({"prices": "r2"}, BOTH, False),
    ):  # fmt: skip
        assert unchanged(*runs(one, two)) is alike
