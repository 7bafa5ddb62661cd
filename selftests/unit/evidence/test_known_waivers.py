"""What a waiver hides, and why one hides nothing, word for word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from golive.errors import Reason
from golive.evidence.statements import Waiver, read
from golive.evidence.waivers import apply
from golive.finding import Finding, Outcome
from selftests.people import NOW, People
from selftests.unit.evidence.refusals import CHECKLIST


def applied(people: People, *findings: Finding, now: datetime = NOW) -> tuple[list[Finding], dict[str, Any]]:
    found, (entry,) = apply(findings, read(people.folder, Waiver, people.roles), CHECKLIST, "r1", now)
    return found, entry.model_dump()


def entry_fields(people: People, standing: str, because: str = "", hides: str = "") -> dict[str, Any]:
    return {
        "item": "performance.resources", "standing": standing, "because": because, "hides": hides,
        "why": "the node pool grows on Friday", "author": "Lead One", "approved_by": "Manager Four",
        "role": "operations_manager", "ticket": "OPS-1", "created": "2026-11-25T12:00:00+00:00",
        "until": "2026-11-27T12:00:00+00:00", "release": "r1", "file": "w.yaml",
        "signed_by": [people.roles.keys[3].words],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "message", "hides"),
    [(None, "", "FAIL"), (None, "memory climbs", "FAIL: memory climbs"), (Reason.TIMEOUT, "", "UNKNOWN timeout")],
)
def test_a_waived_finding_keeps_all_but_its_outcome(
    people: People, reason: Reason | None, message: str, hides: str
) -> None:
    people.waiver()
    outcome = Outcome.UNKNOWN if reason else Outcome.FAIL
    before = Finding("performance.resources", outcome, reason, message, "look", nodeid="n", seconds=2.0)
    found, entry = applied(people, before, Finding("smoke.health", Outcome.PASS))
    words = f"waived until 2026-11-27 12:00 UTC by Manager Four (OPS-1); hides {hides}"
    waived = Finding("performance.resources", Outcome.WAIVED, None, words, "look", nodeid="n", seconds=2.0)
    assert found == [waived, Finding("smoke.health", Outcome.PASS)]
    assert entry == entry_fields(people, "used", hides=hides)


@pytest.mark.parametrize(
    ("moment", "changes", "standing", "because"),
    [
        (NOW + timedelta(days=1), {}, "expired", "since 2026-11-27 12:00 UTC"),
        (NOW - timedelta(days=2), {}, "not yet", "before 2026-11-25 12:00 UTC"),
        (NOW, {"release": "r0"}, "other release", "it is for release r0"),
        (NOW, {"item": "performance.log_errors"}, "unused", "its item was not looked at"),
    ],
)
def test_a_waiver_that_hides_nothing_says_why(
    people: People, moment: datetime, changes: dict[str, str], standing: str, because: str
) -> None:
    people.waiver(**changes)
    red = Finding("performance.resources", Outcome.FAIL)
    found, entry = applied(people, red, now=moment)
    assert found == [red]
    assert entry == entry_fields(people, standing, because) | changes


@pytest.mark.parametrize(
    ("by", "changes", "because"),
    [
        (("product_owner",), {}, "no key of the operations manager has signed it"),
        (
            ("operations_manager",), {"approved_by": "Manager Nine"},
            "approved_by says 'Manager Nine', and the key is of 'Manager Four'",
        ),
        (
            ("operations_manager",), {"item": "security.admin_mfa"},
            "a security item needs the security officer's signature",
        ),
    ],
)  # fmt: skip
def test_signatures_that_carry_nothing_are_told(
    people: People, by: tuple[str, ...], changes: dict[str, str], because: str
) -> None:
    people.waiver(by=by, **changes)
    assert applied(people)[1]["because"] == because
