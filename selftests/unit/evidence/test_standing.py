"""What counts for an item: the newest look at this identity, while it is fresh; nobody reruns until green."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from golive.evidence.ledger import Reason
from golive.evidence.record import Identity, Record
from selftests.ledgers import BUILDS, CHECKLIST, Release, finding, not_run, only, record, waiver
from selftests.people import DAY, NOW

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SMOKE, DNS, FREEZE, UAT = "smoke.health", "infrastructure.dns", "preflight.code_freeze", "testing.uat"
RESOURCES, SUPPORT = "performance.resources", "postdeploy.support_briefed"


def test_the_newest_counts_in_whatever_order_they_come(release: Release) -> None:
    old, new = finding(SMOKE, "UNKNOWN", NOW - HOUR), finding(SMOKE, "PASS", NOW)
    release.enter(record("new", new), record("old", old, at=NOW - HOUR))
    assert release.stands(SMOKE).outcome == "PASS"


@pytest.mark.parametrize(("item", "hours"), [(DNS, 168), (UAT, 48), (FREEZE, 2), ("data.quality", 24)])
def test_both_sides_of_its_freshness(release: Release, item: str, hours: int) -> None:
    release.enter(record("a", finding(item)))
    end = NOW + timedelta(hours=hours)
    assert release.stands(item, NOW - SECOND).outcome == "UNKNOWN"
    assert release.stands(item, NOW).outcome == "PASS"
    assert release.stands(item, end - SECOND).outcome == "PASS"
    late = release.stands(item, end)
    assert (late.outcome, late.finding.reason if late.finding else "") == ("UNKNOWN", "stale_evidence")
    assert "counted until" in late.remark


def test_freshness_over_a_clock_change_and_the_29_of_february(release: Release) -> None:
    for begin in (datetime(2026, 11, 1, 5, 30, tzinfo=NOW.tzinfo), datetime(2028, 2, 28, 23, 0, tzinfo=NOW.tzinfo)):
        release.enter(record(f"r{begin:%Y}", finding(FREEZE, at=begin), at=begin))
        assert release.stands(FREEZE, begin + 2 * HOUR - SECOND).outcome == "PASS"
        assert release.stands(FREEZE, begin + 2 * HOUR).outcome == "UNKNOWN"


def test_until_the_next_deployment_time_limits_nothing(release: Release) -> None:
    release.enter(record("a", finding(SMOKE)))
    assert release.stands(SMOKE, NOW + 300 * DAY).outcome == "PASS"


def test_another_builds_pass_counts_for_nothing(release: Release) -> None:
    release.enter(
        record("old", finding(SMOKE, at=NOW - HOUR), at=NOW - HOUR),
        record("new", finding("smoke.kafka"), builds={"gateway": "r1b"}),
    )
    old = release.stands(SMOKE)
    assert (old.outcome, old.remark) == (
        "UNKNOWN", f"PASS of {NOW - HOUR:%Y-%m-%d %H:%M} UTC is of build r1 of gateway, and r1b answers now",
    )  # fmt: skip
    release.enter(record("dns", finding(DNS, at=NOW - HOUR), at=NOW - HOUR))
    assert release.stands(DNS).outcome == "PASS", "the cluster is no other because of a build"


def seen_in(uid: str) -> Identity:
    return Identity(release="r1", builds={}, cluster_uid=uid, cluster_uid_absent_because="" if uid else "none")


def test_another_cluster_counts_for_nothing_where_an_item_is_bound_to_it(release: Release) -> None:
    at = NOW - HOUR
    release.enter(
        record("old", finding(DNS, at=at), finding("security.admin_mfa", at=at), at=at, identity=seen_in("a")),
        record("new", finding(SMOKE), identity=seen_in("b")),
    )
    assert release.stands(DNS).remark.endswith("is of another cluster")
    assert release.stands("security.admin_mfa").outcome == "PASS"


def test_a_run_that_asked_no_cluster_does_not_make_it_another(release: Release) -> None:
    release.enter(
        record("t7d", finding(DNS, at=NOW - HOUR), at=NOW - HOUR, identity=seen_in("a")),
        record("smoke", finding(SMOKE)),
    )
    assert release.stands(DNS).outcome == "PASS"


def test_once_a_cluster_is_known_a_run_that_did_not_identify_it_counts_no_more(release: Release) -> None:
    release.enter(record("a", finding(DNS, at=NOW - HOUR), at=NOW - HOUR))
    assert release.stands(DNS).outcome == "PASS"
    release.enter(record("b", finding("infrastructure.cluster"), identity=seen_in("a")))
    assert release.stands(DNS).remark.endswith("is of a run that did not identify its cluster")


def test_an_old_builds_pass_does_not_come_back_with_a_run_that_asked_no_service(release: Release) -> None:
    release.enter(
        record("old", finding(SMOKE, at=NOW - 2 * HOUR), at=NOW - 2 * HOUR),
        record("new", finding("smoke.kafka", at=NOW - HOUR), at=NOW - HOUR, builds={"gateway": "r1b"}),
        record("papers", finding(UAT), builds={}),
    )
    assert release.stands(SMOKE).remark.endswith("is of build r1 of gateway, and r1b answers now")


def test_a_run_that_did_not_look_says_nothing(release: Release) -> None:
    release.enter(record("a", finding(SMOKE, at=NOW - HOUR), at=NOW - HOUR), record("b", not_run(SMOKE)))
    assert release.stands(SMOKE).outcome == "PASS"
    assert release.stands("smoke.kafka").finding is None


def red_to_green(release: Release, builds: Mapping[str, str] = BUILDS) -> Record:
    red = record("red", finding(SMOKE, "FAIL", NOW - HOUR), at=NOW - HOUR)
    release.enter(red, record("green", finding(SMOKE), builds=builds))
    return red


def test_a_failure_is_not_forgotten_by_a_run_that_identified_no_cluster(release: Release) -> None:
    red = record("red", finding(SMOKE, "FAIL", NOW - HOUR), at=NOW - HOUR, identity=seen_in("a"))
    release.enter(red, record("green", finding(SMOKE), identity=seen_in("")))
    assert release.stands(SMOKE).remark.endswith("later PASS with nothing changed: no signed reason")
    release.enter(record("moved", finding(SMOKE, at=NOW + SECOND), at=NOW + SECOND, identity=seen_in("b")))
    assert release.stands(SMOKE, NOW + HOUR).outcome == "PASS"


def give(release: Release, role: str = "engineering_lead", run: str = "red") -> None:
    why = "a neighbour had taken the port"
    given = Reason(target="bare", release="r1", item=SMOKE, run=run, why=why, at=NOW)
    release.ledger.give(given, release.people.signers[role], NOW)


def test_nobody_reruns_until_green(release: Release) -> None:
    red_to_green(release)
    found = release.stands(SMOKE)
    assert found.outcome == "FAIL"
    assert found.remark == f"{SMOKE}: FAIL in red, later PASS with nothing changed: no signed reason"
    give(release, role="product_owner")
    give(release, run="green")
    assert release.stands(SMOKE).outcome == "FAIL", "another's reason, or one for another run, is none"
    give(release)
    answered = release.answer()
    assert answered.standing.items[SMOKE].outcome == "PASS"
    assert "a neighbour had taken the port (Lead One (engineering lead, key" in answered.standing.turned[0].words


def test_a_build_that_changed_needs_no_reason(release: Release) -> None:
    red_to_green(release, builds={"gateway": "r1b"})
    assert release.stands(SMOKE).outcome == "PASS"


def test_a_waived_item_counts_until_its_waiver_ends(release: Release) -> None:
    end = NOW + HOUR
    release.enter(record("a", finding(RESOURCES, "WAIVED", until=end), waivers=[waiver(RESOURCES, end)]))
    assert release.stands(RESOURCES, NOW + HOUR - SECOND).outcome == "WAIVED"
    assert release.stands(RESOURCES, NOW + HOUR).outcome == "UNKNOWN"


def test_what_rests_on_a_statement_counts_until_that_ends(release: Release) -> None:
    fields = {"stated": {"valid_until": (NOW + HOUR).isoformat()}}
    release.enter(record("a", finding(UAT, fields=fields)))
    assert release.stands(UAT, NOW + HOUR - SECOND).outcome == "PASS"
    assert release.stands(UAT, NOW + HOUR).remark.startswith("PASS of")


def test_a_day_is_over_only_when_the_records_say_so(release: Release) -> None:
    ripe = NOW + DAY
    release.enter(record("a", finding(SMOKE)))
    release.enter(record("b", finding(SUPPORT, at=ripe - SECOND), at=ripe - SECOND))
    early = release.stands(SUPPORT, ripe)
    assert "came before 24 hours were over: the release runs since 2026-11-26 12:00 UTC" in early.remark
    release.enter(record("c", finding(SUPPORT, at=ripe), at=ripe))
    assert release.stands(SUPPORT, ripe).outcome == "PASS"


def test_a_day_of_a_release_that_was_never_seen_to_run_is_none(release: Release) -> None:
    release.enter(record("b", finding(SUPPORT, at=NOW), at=NOW))
    assert "was never seen to run" in release.stands(SUPPORT).remark


def test_the_required_set_is_the_checklists(release: Release) -> None:
    release.enter(record("a", finding(SMOKE)))
    assert release.answer("deployed").decision.words == "INCOMPLETE (1 of 10; 9 UNKNOWN)"
    small = Release(release.folder / "small", only(CHECKLIST, [SMOKE]))
    small.enter(record("a", finding(SMOKE)))
    assert small.answer("deployed").decision.words == "GO (1 of 1)"
