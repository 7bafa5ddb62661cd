"""A record that was judged by another role map carries nothing that rests on signatures of people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from golive.evidence.record import Digests
from selftests.ledgers import CHECKLIST, POLICY, Release, finding, only, record, waiver
from selftests.people import NOW

END = NOW + timedelta(hours=1)
HEALTH, KAFKA, UAT, EXERCISE = "smoke.health", "smoke.kafka", "testing.uat", "testing.disaster_recovery"
OTHER = "e" * 64


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path, only(CHECKLIST, [HEALTH, KAFKA, UAT, EXERCISE]))


def entered(release: Release, roles: str, run: str = "one", uat: str = "PASS") -> None:
    digests = Digests(checklist=POLICY, target="t" * 64, roles=roles)
    findings = [finding(HEALTH), finding(KAFKA, "WAIVED", until=END), finding(UAT, uat), finding(EXERCISE)]
    release.enter(record(run, *findings, waivers=[waiver(KAFKA, END)], digests=digests))


def test_of_the_role_map_that_is_given_all_of_it_counts(release: Release) -> None:
    entered(release, release.roles_sha256)
    assert (release.answer().against, release.answer().good) == ((), True)


def test_of_another_role_map_what_rests_on_signatures_does_not(release: Release) -> None:
    entered(release, OTHER)
    words = "link 1: its run used another role map; look again at what rests on it: "
    assert release.answer().against == (f"{words}{UAT}, {EXERCISE}, {KAFKA}",)
    assert not release.answer().good
    assert release.answer("pre-deploy").against == (f"{words}{UAT}, {EXERCISE}",)
    entered(release, release.roles_sha256, run="two")
    assert release.answer().against == ()


def test_the_role_map_given_may_be_the_one_that_changed(release: Release) -> None:
    entered(release, release.roles_sha256)
    release.people.bind(extra="# one more line\n")
    assert [line.split(":")[0] for line in release.answer().against] == ["link 1"]


def test_what_is_red_is_not_told_twice(release: Release) -> None:
    entered(release, OTHER, uat="FAIL")
    assert release.answer().against[0].endswith(f": {EXERCISE}, {KAFKA}")


def test_a_run_that_knew_no_role_map_measured_but_waived_nothing(release: Release) -> None:
    entered(release, "")
    assert release.answer().against[0].endswith(f"rests on it: {KAFKA}")
