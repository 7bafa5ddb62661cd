"""What a waiver does: it hides one item for a while, says so, and hides nothing on either side of its time."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from golive import checklist as checklists
from golive.decision import decide
from golive.errors import Reason
from golive.evidence.record import WaiverEntry
from golive.evidence.statements import Waiver, read
from golive.evidence.waivers import apply
from golive.finding import Finding, Outcome
from selftests.people import NOW, People, stamp

ROOT = Path(__file__).parents[3]
CHECKLIST = checklists.load(ROOT / "checklist.toml")
RED = Finding("performance.resources", Outcome.FAIL, message="memory climbs")
SECOND = timedelta(seconds=1)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


def applied(
    people: People, *findings: Finding, now: datetime = NOW, release: str = "r1"
) -> tuple[list[Finding], WaiverEntry]:
    found, (entry,) = apply(findings, read(people.folder, Waiver, people.roles), CHECKLIST, release, now)
    return found, entry


def test_it_shows_what_it_hides_and_says_it_aloud(people: People) -> None:
    people.waiver()
    (found,), entry = applied(people, RED)
    assert found.outcome is Outcome.WAIVED
    assert found.message.endswith("by Manager Four (OPS-1); hides FAIL: memory climbs")
    assert (entry.standing, entry.hides) == ("used", "FAIL: memory climbs")
    assert "Manager Four (operations manager, key " in entry.signed_by[0]
    assert decide([found]).words == "GO WITH WAIVERS (1 of 1)"


def test_what_is_unknown_can_be_waived_too(people: People) -> None:
    people.waiver(release="any")
    (found,), entry = applied(people, Finding("performance.resources", Outcome.UNKNOWN, Reason.TIMEOUT, "mute"))
    assert (found.outcome, found.reason, entry.hides) == (Outcome.WAIVED, None, "UNKNOWN timeout: mute")


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.NOT_APPLICABLE])
def test_what_holds_needs_none(people: People, outcome: Outcome) -> None:
    people.waiver()
    (found,), entry = applied(people, Finding("performance.resources", outcome))
    assert found.outcome is outcome
    assert (entry.standing, entry.because) == ("no longer needed", f"its item is {outcome}")


def test_one_of_an_item_that_was_not_looked_at_is_unused(people: People) -> None:
    people.waiver()
    found, entry = applied(people, Finding("smoke.health", Outcome.FAIL))
    assert [each.outcome for each in found] == [Outcome.FAIL]
    assert entry.standing == "unused"


def test_both_ends_of_its_time(people: People) -> None:
    people.waiver()
    begin, end = NOW - timedelta(days=1), NOW + timedelta(days=1)
    moments = {begin - SECOND: "not yet", begin: "used", end - SECOND: "used", end: "expired"}
    for now, standing in moments.items():
        found, entry = applied(people, RED, now=now)
        assert entry.standing == standing
        assert (found[0].outcome is Outcome.WAIVED) == (standing == "used")


@pytest.mark.parametrize(
    ("until", "zone"),
    [
        (datetime(2026, 11, 1, 6, 0), "America/Chicago"),  # noqa: DTZ001 - made aware below: the clock goes back an hour
        (datetime(2027, 3, 14, 8, 0), "America/Chicago"),  # noqa: DTZ001 - the clock goes forward
        (datetime(2028, 2, 29, 0, 0), "UTC"),  # noqa: DTZ001 - the leap day begins
        (datetime(2028, 3, 1, 0, 0), "UTC"),  # noqa: DTZ001 - and is over
    ],
)
def test_a_clock_change_or_a_leap_day_moves_no_end(people: People, until: datetime, zone: str) -> None:
    end = until.replace(tzinfo=NOW.tzinfo)
    people.waiver(created=stamp(end - timedelta(days=30)), until=stamp(end))
    local = end.astimezone(ZoneInfo(zone))
    assert applied(people, RED, now=(end - SECOND).astimezone(ZoneInfo(zone)))[1].standing == "used"
    assert applied(people, RED, now=local)[1].standing == "expired"


def test_another_release_is_not_hidden(people: People) -> None:
    people.waiver()
    found, entry = applied(people, RED, release="r2")
    assert (found[0].outcome, entry.standing) == (Outcome.FAIL, "other release")


@pytest.mark.parametrize(
    ("by", "changes", "because"),
    [
        ((), {}, "nobody has signed it"),
        (("product_owner",), {}, "no key of the operations manager has signed it"),
        (("operations_manager",), {"approved_by": "Manager Nine"}, "the key is of 'Manager Four'"),
        (("operations_manager",), {"item": "security.admin_mfa"}, "security officer's signature"),
        (("operations_manager",), {"item": "postdeploy.audit_log"}, "security officer's signature"),
    ],
)
def test_without_the_right_keys_it_hides_nothing(
    people: People, by: tuple[str, ...], changes: dict[str, str], because: str
) -> None:
    people.waiver(by=by, **changes)
    (found,), entry = applied(people, Finding(changes.get("item", RED.item), Outcome.FAIL))
    assert (found.outcome, entry.standing) == (Outcome.FAIL, "not signed")
    assert because in entry.because


def test_a_security_item_with_both_signatures_is_hidden(people: People) -> None:
    people.waiver(by=("operations_manager", "security_officer"), item="security.admin_mfa")
    (found,), entry = applied(people, Finding("security.admin_mfa", Outcome.FAIL))
    assert (found.outcome, entry.standing) == (Outcome.WAIVED, "used")
