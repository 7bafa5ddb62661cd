"""Which day's settlement must be out: weekdays that are no holidays, from a time of the market's own day on."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta

from golive.market.calendar import Calendar

_WEEKDAYS = 5
_DAY = timedelta(days=1)


def is_trading_day(day: date, holidays: AbstractSet[date] = frozenset()) -> bool:
    """Monday to Friday, but for the holidays."""
    return day.weekday() < _WEEKDAYS and day not in holidays


def newest_settled_days(
    calendar: Calendar, now: datetime, settled_at: time, holidays: AbstractSet[date] = frozenset()
) -> tuple[date, ...]:
    """The trading day whose settlement must be out by now; and today besides where it may be, but need not be yet.

    ``settled_at`` is the market's own time. Raises ValueError for a ``now`` without zone.
    """
    today = calendar.operating_day(now)
    over = now.astimezone(calendar.zone).time() >= settled_at
    day = today if over else today - _DAY
    while not is_trading_day(day, holidays):
        day -= _DAY
    early = not over and is_trading_day(today, holidays)
    return (day, today) if early else (day,)
