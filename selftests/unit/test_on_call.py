"""Who is on call: gaps are found to the second, and what PagerDuty's API gives is taken as its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.clients.pagerduty import Notice, OnCall, PagerDutyClient, _not_reached, _notices, _on_call, _parsed
from golive.errors import CredentialsRefused, NotDescribed, ProtocolBroken, TimedOut, Unreachable
from golive.facts.on_call import Rotation, gaps
from selftests.unit.answering import target

BEGIN = datetime(2026, 11, 26, tzinfo=UTC)
HOUR = timedelta(hours=1)


def held(start: float | None, end: float | None) -> OnCall:
    begin, finish = (None if each is None else BEGIN + each * HOUR for each in (start, end))
    return OnCall(1, "P1", begin, finish)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], [(0, 24)]),
        ([held(None, None)], []),
        ([held(0, 24)], []),
        ([held(-3, 8), held(8, 30)], []),
        ([held(8, 30), held(-3, 8)], []),
        ([held(0, 9), held(10, 24)], [(9, 10)]),
        ([held(1, 24)], [(0, 1)]),
        ([held(0, 23)], [(23, 24)]),
        ([held(0, 20), held(2, 3), held(21, 24)], [(20, 21)]),
        ([held(0, 12 - 1 / 3600), held(12, 24)], [(12 - 1 / 3600, 12)]),
    ],
)
def test_gaps(calls: list[OnCall], expected: list[tuple[float, float]]) -> None:
    found = gaps(calls, BEGIN, BEGIN + 24 * HOUR)
    assert list(found) == [(BEGIN + one * HOUR, BEGIN + other * HOUR) for one, other in expected]


@given(st.lists(st.tuples(st.integers(-5, 29), st.integers(-5, 29)), max_size=8))
def test_an_hour_is_in_a_gap_exactly_where_nobody_holds_it(spans: list[tuple[int, int]]) -> None:
    spans = [(min(pair), max(pair)) for pair in spans]
    found = gaps([held(*span) for span in spans if span[0] < 24 and span[1] > 0], BEGIN, BEGIN + 24 * HOUR)
    uncovered = {hour for hour in range(24) if not any(one <= hour and hour + 1 <= other for one, other in spans)}
    assert {hour for hour in range(24) if any(b <= BEGIN + hour * HOUR < e for b, e in found)} == uncovered


def test_an_entry_of_the_api() -> None:
    entry = {"escalation_level": 2, "user": {"id": "P1"}, "start": "2026-11-26T08:00:00-05:00", "end": None}
    assert _on_call(entry) == OnCall(2, "P1", datetime(2026, 11, 26, 13, tzinfo=UTC), None)
    with pytest.raises(ProtocolBroken, match="not in the form"):
        _parsed("on-calls", lambda: _on_call({"escalation_level": 2, "user": None, "start": None, "end": None}))


def test_only_urgent_rules_with_a_method_that_is_there_tell_anybody() -> None:
    methods = [{"id": "C1", "type": "phone_contact_method"}, {"id": "C2", "type": "email_contact_method"}]
    rules = [
        {"start_delay_in_minutes": 0, "urgency": "high", "contact_method": {"id": "C1"}},
        {"start_delay_in_minutes": 0, "urgency": "low", "contact_method": {"id": "C2"}},
        {"start_delay_in_minutes": 0, "urgency": "high", "contact_method": {"id": "C9"}},
    ]
    assert _notices({"contact_methods": methods, "notification_rules": rules}) == [Notice("phone_contact_method", 0)]


def test_what_kept_an_answer_from_coming() -> None:
    assert isinstance(_not_reached("x:1", httpx2.ConnectError("refused")), Unreachable)
    assert isinstance(_not_reached("x:1", httpx2.ReadTimeout("late")), TimedOut)
    assert isinstance(_not_reached("x:1", None), ProtocolBroken)


def test_a_target_without_pagerduty_or_its_key_says_so() -> None:
    with pytest.raises(NotDescribed, match=r"\[pagerduty\]"):
        Rotation(target().model_copy(update={"pagerduty": None})).cover()
    with pytest.raises(CredentialsRefused, match="no key of PagerDuty"):
        PagerDutyClient(target(), "an.item").levels("P1")
