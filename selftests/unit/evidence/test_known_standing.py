"""What stands for an item, whole: the finding, until when, and why nothing counts, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from golive.evidence.ledger import Reason
from golive.evidence.record import FindingEntry
from golive.evidence.standing import Look, Stands, Turned
from selftests.ledgers import CHECKLIST, HIDDEN, Release, finding, not_run, record, waiver
from selftests.people import DAY, NOW

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SMOKE, FREEZE, UAT = "smoke.health", "preflight.code_freeze", "testing.uat"
RESOURCES, SUPPORT = "performance.resources", "postdeploy.support_briefed"


def look(release: Release, number: int, found: FindingEntry) -> Look:
    """A finding of the record with that number, from 1."""
    return Look(found, release.ledger.records[number - 1])


def stale(found: FindingEntry, why: str) -> FindingEntry:
    """What becomes of a finding that does not count."""
    changes = {"outcome": "UNKNOWN", "reason": "stale_evidence", "message": why, "hint": "look again"}
    return found.model_copy(update=changes)


def test_what_nobody_looked_at_is_unknown(release: Release) -> None:
    assert release.answer().standing.current is None
    release.enter(record("a", not_run(SMOKE), finding(UAT)))
    hint = "pytest -m smoke, then golive enter"
    words = "nobody has looked yet: its test was not run"
    said = not_run(SMOKE).model_copy(update={"message": words, "hint": hint, "evidence": [], "seconds": 0.0})
    assert release.stands(SMOKE) == Stands(CHECKLIST.by_id[SMOKE], said, remark=words, next_step=hint)
    never = "nobody has looked yet: no run was asked for it"
    assert release.stands("smoke.kafka") == Stands(CHECKLIST.by_id["smoke.kafka"], None, remark=never, next_step=hint)
    assert release.stands("smoke.kafka").told == f"{never}; {hint}"
    assert {release.stands(item).outcome for item in (SMOKE, "smoke.kafka")} == {"UNKNOWN"}


def test_what_counts_stands_with_its_end(release: Release) -> None:
    found, kept = finding(FREEZE), finding(SMOKE)
    release.enter(record("a", found, kept))
    assert release.stands(FREEZE) == Stands(CHECKLIST.by_id[FREEZE], found, look(release, 1, found), NOW + 2 * HOUR)
    assert release.stands(SMOKE) == Stands(CHECKLIST.by_id[SMOKE], kept, look(release, 1, kept))


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (NOW - SECOND, "PASS of 2026-11-26 12:00 UTC, which is yet to come"),
        (NOW + 2 * HOUR, "PASS of 2026-11-26 12:00 UTC counted until 2026-11-26 14:00 UTC"),
    ],
)
def test_what_does_not_count_says_why(release: Release, now: datetime, why: str) -> None:
    found = finding(FREEZE)
    release.enter(record("a", found))
    expected = Stands(CHECKLIST.by_id[FREEZE], stale(found, why), look(release, 1, found), remark=why)
    assert release.stands(FREEZE, now) == expected


def test_of_several_that_do_not_count_the_newest_says_why(release: Release) -> None:
    old, new = finding(SMOKE, at=NOW - HOUR), finding(SMOKE, "WAIVED", NOW - SECOND, until=NOW)
    waived = [waiver(SMOKE, NOW)]
    release.enter(record("a", old, at=NOW - HOUR), record("b", new, builds={"gateway": "r2"}, waivers=waived))
    why = "WAIVED of 2026-11-26 11:59 UTC counted until 2026-11-26 12:00 UTC"
    assert release.stands(SMOKE) == Stands(CHECKLIST.by_id[SMOKE], stale(new, why), look(release, 2, new), remark=why)


def test_a_newer_look_that_does_not_count_hides_no_older_one(release: Release) -> None:
    old, new = finding(FREEZE, at=NOW - HOUR), finding(FREEZE, at=NOW + HOUR)
    release.enter(record("a", old, at=NOW - HOUR), record("b", new, at=NOW + HOUR))
    assert release.stands(FREEZE).look == look(release, 1, old)


@pytest.mark.parametrize("outcome", ["FAIL", "UNKNOWN", "WAIVED"])
def test_no_older_pass_comes_back_when_what_was_bad_since_runs_out(release: Release, outcome: str) -> None:
    end = {"valid_until": NOW.isoformat()}
    old, new = finding(SMOKE, at=NOW - HOUR), finding(SMOKE, outcome, NOW - SECOND, fields=end, until=NOW)
    used = [waiver(SMOKE, NOW)] if outcome == "WAIVED" else []
    release.enter(record("a", old, at=NOW - HOUR), record("b", new, at=NOW - SECOND, waivers=used))
    why = f"{outcome} of 2026-11-26 11:59 UTC counted until 2026-11-26 12:00 UTC"
    assert release.stands(SMOKE) == Stands(CHECKLIST.by_id[SMOKE], stale(new, why), look(release, 2, new), remark=why)


@pytest.mark.parametrize(
    ("fields", "hours"),
    [
        ({"valid_until": (NOW + HOUR).isoformat()}, 1),
        ({"stated": [{"more": [], "valid_until": (NOW + 3 * HOUR).isoformat()}]}, 3),
        ({"a": [1, {"valid_until": (NOW + 4 * HOUR).isoformat()}], "valid_until": (NOW + 5 * HOUR).isoformat()}, 4),
        ({"valid_until": {"valid_until": (NOW + 6 * HOUR).isoformat()}}, 6),
        ({"valid_until": 5, "other": (NOW + HOUR).isoformat()}, 48),
        ({"valid_until": (NOW + 49 * HOUR).isoformat()}, 48),
    ],
)
def test_the_first_of_its_ends_is_its_end(release: Release, fields: Mapping[str, Any], hours: int) -> None:
    release.enter(record("a", finding(UAT, fields=fields)))
    assert release.stands(UAT).until == NOW + hours * HOUR


def test_waivers_that_hide_what_stands_are_named_and_end_it(release: Release) -> None:
    end, other = NOW + HOUR, waiver(UAT, NOW + SECOND)
    unused = waiver(RESOURCES, NOW + SECOND).model_copy(update={"standing": "unused"})
    used = waiver(RESOURCES, end)
    release.enter(record("a", finding(RESOURCES, "WAIVED", until=end), finding(UAT), waivers=[used, unused, other]))
    assert release.stands(RESOURCES).until == end
    assert release.answer().standing.waivers == (used,)
    assert release.answer(now=end).standing.waivers == ()


def test_a_waiver_that_ends_later_lengthens_nothing(release: Release) -> None:
    end = NOW + 49 * HOUR
    release.enter(record("a", finding(UAT, "WAIVED", until=end), waivers=[waiver(UAT, end)]))
    assert release.stands(UAT).until == NOW + 48 * HOUR


def test_the_day_begins_with_the_first_pass_on_the_builds_of_now(release: Release) -> None:
    support = finding(SUPPORT, at=NOW + 23 * HOUR)
    release.enter(
        record("other-build", finding(SMOKE, at=NOW - DAY), at=NOW - DAY, builds={"gateway": "r0"}),
        record("red", finding("smoke.kafka", "FAIL", NOW - DAY), at=NOW - DAY),
        record("later", finding("smoke.kafka", at=NOW + HOUR), finding(UAT, at=NOW - DAY), at=NOW + HOUR),
        record("first", finding("deployment.workloads")),
        record("support", support, at=NOW + 23 * HOUR),
    )
    why = "PASS of 2026-11-27 11:00 UTC came before 24 hours were over: the release runs since 2026-11-26 12:00 UTC"
    assert release.stands(SUPPORT, NOW + DAY).remark == why


def test_of_a_release_that_never_ran_no_day_is_over(release: Release) -> None:
    release.enter(record("a", finding(SUPPORT)))
    why = "PASS of 2026-11-26 12:00 UTC came before 24 hours were over: the release was never seen to run"
    assert release.stands(SUPPORT).remark == why


def test_a_fail_that_turned_stands_with_what_to_do(release: Release) -> None:
    red = finding(SMOKE, "FAIL", NOW - HOUR)
    release.enter(record("red", red, at=NOW - HOUR), record("green", finding(SMOKE)))
    words = f"{SMOKE}: FAIL in red, later PASS with nothing changed: no signed reason"
    hint = f"golive reason {SMOKE} --run red, signed by its owner"
    seen = red.model_copy(update={"message": f"{words}\nit does not hold", "hint": hint})
    assert release.stands(SMOKE) == Stands(CHECKLIST.by_id[SMOKE], seen, look(release, 1, red), remark=words)
    assert release.answer().standing.turned == (Turned(SMOKE, look(release, 1, red), None),)


def test_every_fail_that_turned_needs_a_reason_of_its_own(release: Release) -> None:
    first, second = (finding(SMOKE, "FAIL", NOW - hours * HOUR) for hours in (2, 1))
    release.enter(
        record("one", first, at=NOW - 2 * HOUR), record("two", second, at=NOW - HOUR), record("green", finding(SMOKE))
    )
    given = Reason(target="bare", release="r1", item=SMOKE, run="one", why="a neighbour had the port", at=NOW)
    for each in (given.model_copy(update={"item": UAT}), given):
        release.ledger.give(each, release.people.signers["engineering_lead"], NOW)
    reason = release.ledger.reasons[1]
    turned = (Turned(SMOKE, look(release, 1, first), reason), Turned(SMOKE, look(release, 2, second), None))
    assert release.answer().standing.turned == turned
    assert turned[0].words.endswith(f"nothing changed: a neighbour had the port ({reason.words})")
    assert release.stands(SMOKE).look == look(release, 2, second)


def waived_then_green(release: Release, hides: str) -> FindingEntry:
    """Put in an item that did not hold under a waiver that still counts, and its later PASS on the same builds."""
    end = NOW + HOUR
    bad = finding(SMOKE, "WAIVED", NOW - HOUR, until=end, hides=hides)
    used = waiver(SMOKE, end).model_copy(update={"hides": hides})
    release.enter(record("red", bad, at=NOW - HOUR, waivers=[used]), record("green", finding(SMOKE)))
    return bad


@pytest.mark.parametrize("hides", ["FAIL", HIDDEN])
def test_a_waiver_does_not_hide_that_a_fail_turned(release: Release, hides: str) -> None:
    bad = waived_then_green(release, hides)
    words = f"{SMOKE}: FAIL under a waiver in red, later PASS with nothing changed: no signed reason"
    hint = f"golive reason {SMOKE} --run red, signed by its owner"
    seen = bad.model_copy(update={"outcome": "FAIL", "message": f"{words}\n{bad.message}", "hint": hint})
    assert release.stands(SMOKE) == Stands(CHECKLIST.by_id[SMOKE], seen, look(release, 1, bad), remark=words)
    assert (release.answer().standing.waivers, release.answer().decision.verdict) == ((), "NO-GO")
    given = Reason(target="bare", release="r1", item=SMOKE, run="red", why="a neighbour had the port", at=NOW)
    release.ledger.give(given, release.people.signers["engineering_lead"], NOW)
    assert release.stands(SMOKE).outcome == "PASS"
    assert [turn.item for turn in release.answer().standing.turned] == [SMOKE]


def test_what_was_unknown_under_a_waiver_did_not_fail(release: Release) -> None:
    waived_then_green(release, "UNKNOWN timeout: FAIL or not, it is mute")
    assert (release.stands(SMOKE).outcome, release.answer().standing.turned) == ("PASS", ())


@pytest.mark.parametrize("outcome", ["UNKNOWN", "WAIVED", "NOT APPLICABLE"])
def test_only_a_fail_that_became_a_pass_turned(release: Release, outcome: str) -> None:
    release.enter(record("red", finding(SMOKE, "FAIL", NOW - HOUR), at=NOW - HOUR))
    end = NOW + HOUR
    release.enter(record("next", finding(SMOKE, outcome, until=end), waivers=[waiver(SMOKE, end)]))
    assert release.answer().standing.turned == ()
    assert release.stands(SMOKE).outcome == outcome


def test_a_fail_after_the_pass_or_at_its_moment_did_not_turn(release: Release) -> None:
    release.enter(record("red", finding(SMOKE, "FAIL")), record("green", finding(SMOKE)))
    assert (release.stands(SMOKE).outcome, release.answer().standing.turned) == ("PASS", ())
    late = finding(SMOKE, "FAIL", NOW + HOUR)
    release.enter(record("late", late, at=NOW + HOUR))
    assert (release.stands(SMOKE).outcome, release.answer().standing.turned) == ("PASS", ())
    assert release.stands(SMOKE, NOW + HOUR).outcome == "FAIL"


def test_the_newest_record_is_the_one_that_ended_last(release: Release) -> None:
    newest = record("new", finding(UAT))
    release.enter(newest, record("old", finding(SMOKE, at=NOW - HOUR), at=NOW - HOUR))
    assert release.answer().standing.current == newest
