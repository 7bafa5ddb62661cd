"""A decision follows from findings alone, and nothing but a complete set of good ones is GO."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive import checklist as checklists
from golive.decision import Decision, Verdict, complete, decide
from golive.errors import Reason
from golive.finding import Finding, Outcome, worst

ROOT = Path(__file__).parents[2]


def finding(outcome: Outcome, item: str = "smoke.kafka") -> Finding:
    return Finding(item, outcome, Reason.TIMEOUT if outcome is Outcome.UNKNOWN else None)


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        (["PASS", "PASS"], "GO (2 of 2)"),
        (["PASS", "NOT APPLICABLE"], "GO (2 of 2)"),
        (["PASS", "WAIVED"], "GO WITH WAIVERS (2 of 2)"),
        (["PASS", "UNKNOWN"], "INCOMPLETE (1 of 2; 1 UNKNOWN)"),
        (["FAIL", "UNKNOWN"], "NO-GO (0 of 2; 1 FAIL; 1 UNKNOWN)"),
        ([], "INCOMPLETE (0 of 0)"),
    ],
)
def test_words(outcomes: list[str], words: str) -> None:
    assert decide([finding(Outcome(o)) for o in outcomes]).words == words


@given(st.lists(st.sampled_from(list(Outcome))))
def test_only_a_set_of_good_findings_is_go(outcomes: list[Outcome]) -> None:
    verdict = decide([finding(o) for o in outcomes]).verdict
    good = {Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE}
    assert (verdict is Verdict.GO) == (bool(outcomes) and set(outcomes) <= good)
    assert (verdict is Verdict.NO_GO) == (Outcome.FAIL in outcomes)


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1))
def test_the_worst_of_several_does_not_depend_on_their_order(outcomes: list[Outcome]) -> None:
    orders = (outcomes, outcomes[::-1], sorted(outcomes))
    assert len({worst(map(finding, order)).outcome for order in orders}) == 1


def test_exit_statuses_differ_and_only_go_is_zero() -> None:
    assert {v: v.exit_status for v in Verdict} == {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.INCOMPLETE: 2}


def test_a_required_item_without_a_finding_is_unknown() -> None:
    checklist = checklists.load(ROOT / "checklist.toml")
    found = {"smoke.kafka": finding(Outcome.PASS)}
    required = frozenset({"smoke.kafka", "smoke.health"})
    result = complete(checklist, required, found, {})
    assert [(f.item, f.headline) for f in result] == [("smoke.health", "UNKNOWN not_run"), ("smoke.kafka", "PASS")]


def test_a_missing_finding_says_why_and_what_was_found_besides_stays() -> None:
    checklist = checklists.load(ROOT / "checklist.toml")
    found = {"smoke.kafka": finding(Outcome.FAIL)}
    late = Finding("smoke.health", Outcome.UNKNOWN, Reason.INTERRUPTED, "the run was stopped")
    required = frozenset({"smoke.health", "smoke.gateway"})
    assert complete(checklist, required, found, {"smoke.health": late}) == [
        late,
        Finding("smoke.gateway", Outcome.UNKNOWN, Reason.NOT_RUN, "its test was not run"),
        found["smoke.kafka"],
    ]


def test_a_decision_says_what_it_rests_on() -> None:
    outcomes = (Outcome.PASS, Outcome.PASS, Outcome.WAIVED, Outcome.UNKNOWN, Outcome.FAIL)
    counts = {"PASS": 2, "WAIVED": 1, "UNKNOWN": 1, "FAIL": 1}
    assert decide(map(finding, outcomes)) == Decision(Verdict.NO_GO, 5, 3, counts, waived=True)
    assert decide([]) == Decision(Verdict.INCOMPLETE, 0, 0, {}, waived=False)
    assert Decision(Verdict.INCOMPLETE, 2, 1, {"WAIVED": 1, "UNKNOWN": 1}, waived=True).words == (
        "INCOMPLETE (1 of 2; 1 UNKNOWN)"
    )


@pytest.mark.parametrize("outcome", list(Outcome))
def test_unknown_and_only_unknown_carries_a_reason(outcome: Outcome) -> None:
    reason = None if outcome is Outcome.UNKNOWN else Reason.TIMEOUT
    with pytest.raises(ValueError, match="UNKNOWN, and only it"):
        Finding("smoke.kafka", outcome, reason)
