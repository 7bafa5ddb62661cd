"""Settlement days and shocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.market.calendar import CAISO, MISO, Calendar
from golive.market.settlement import is_trading_day, newest_settled_days
from golive.market.shock import shocked, value_change

EVENING = time(18, 30)
SECONDS = st.integers(
    int(datetime(2010, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())
)
MOMENTS = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-11-24T12:00:00-05:00", ("2026-11-23", "2026-11-24")),  # a Tuesday noon
        ("2026-11-24T18:30:00-05:00", ("2026-11-24",)),
        ("2026-11-28T20:00:00-05:00", ("2026-11-27",)),  # a Saturday
        ("2026-11-30T09:00:00-05:00", ("2026-11-27", "2026-11-30")),  # a Monday morning
    ],
)
def test_known_days(now: str, days: tuple[str, ...]) -> None:
    found = newest_settled_days(MISO, datetime.fromisoformat(now), EVENING)
    assert tuple(day.isoformat() for day in found) == days


def test_a_holiday_settles_nothing() -> None:
    now = datetime.fromisoformat("2026-12-25T20:00:00-05:00")
    assert newest_settled_days(MISO, now, EVENING, {date(2026, 12, 25)}) == (date(2026, 12, 24),)


@given(MOMENTS, st.sampled_from([MISO, CAISO]))
def test_due_days_are_trading_days_at_most_four_days_back(now: datetime, calendar: Calendar) -> None:
    for day in newest_settled_days(calendar, now, EVENING):
        assert is_trading_day(day)
        assert timedelta() <= now.astimezone(calendar.zone).date() - day < timedelta(days=4)


@given(st.lists(st.floats(1, 1000), min_size=1), st.floats(-50, 50), st.floats(-5, 5), st.floats(0, 1e4))
def test_a_shock_and_its_value(prices: list[float], percent: float, shift: float, volume: float) -> None:
    after = shocked(prices, percent, shift)
    assert len(after) == len(prices)
    change = sum(price * percent / 100 + shift for price in prices) * volume
    assert value_change(prices, after, volume) == pytest.approx(change, rel=1e-6, abs=1e-3)
    assert shocked(prices, 0, 0) == tuple(prices)


def test_curves_of_other_lengths_have_no_difference() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        value_change([1.0], [1.0, 2.0], 1)
