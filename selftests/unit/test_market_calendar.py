"""A market's day holds each of its moments in exactly one interval, also on the days that clocks change."""

from __future__ import annotations

import calendar as months
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.market.calendar import CAISO, CALENDARS, MISO, Calendar, missing, repeated

FIRST, LAST = 2007, 2037
"""Years within which the United States change clocks by the rule of the Energy Policy Act of 2005."""
PACIFIC = ZoneInfo("America/Los_Angeles")
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def sunday(year: int, month: int, nth: int) -> date:
    """The month's nth Sunday."""
    first = date(year, month, 1)
    return first + timedelta(days=(months.SUNDAY - first.weekday()) % 7 + 7 * (nth - 1))


SHORT = {sunday(year, 3, 2) for year in range(FIRST, LAST + 1)}
LONG = {sunday(year, 11, 1) for year in range(FIRST, LAST + 1)}

calendars = st.sampled_from(list(CALENDARS.values()))
# Clock changes are too rare for chance to find.
days = st.dates(date(FIRST, 1, 1), date(LAST, 12, 30)) | st.sampled_from(sorted(SHORT | LONG))
lengths = st.sampled_from([300, 900, 1800, 3600])
# The hook by which golive counts assertions slows hypothesis's own tenfold.
few = settings(max_examples=50)
zones = st.sampled_from([UTC, MISO.zone, PACIFIC, timezone(timedelta(hours=5, minutes=45))])
spans = st.timedeltas(timedelta(0), timedelta(hours=30))


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """Aware moments in several zones, often on a day of a clock change."""
    day = draw(days)
    return (datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + draw(spans)).astimezone(draw(zones))


@few
@given(calendars, days, lengths)
def test_intervals_partition_the_day(calendar: Calendar, day: date, seconds: int) -> None:
    start, end = calendar.bounds(day)
    starts = calendar.intervals(day, seconds)
    edges = [*starts, end]
    assert starts[0] == start
    assert {later - earlier for earlier, later in pairwise(edges)} == {timedelta(seconds=seconds)}
    assert {moment.tzinfo for moment in edges} == {UTC}


@few
@given(calendars, days)
def test_a_day_ends_where_the_next_begins(calendar: Calendar, day: date) -> None:
    assert calendar.bounds(day)[1] == calendar.bounds(day + timedelta(days=1))[0]


@few
@given(calendars, days)
def test_a_day_holds_its_start_and_not_its_end(calendar: Calendar, day: date) -> None:
    start, end = calendar.bounds(day)
    around = [calendar.operating_day(moment) for moment in (start - TICK, start, end - TICK, end)]
    assert around == [day - timedelta(days=1), day, day, day + timedelta(days=1)]


@few
@given(calendars, moments(), lengths)
def test_a_moment_lies_in_exactly_one_interval_of_its_day(calendar: Calendar, moment: datetime, seconds: int) -> None:
    starts = calendar.intervals(calendar.operating_day(moment), seconds)
    instant = moment.astimezone(UTC)
    holding = [start for start in starts if start <= instant < start + timedelta(seconds=seconds)]
    assert holding == [calendar.interval_of(moment, seconds)]


def test_caiso_has_23_and_25_hours_exactly_where_clocks_change_and_miso_always_24() -> None:
    every_day = map(date.fromordinal, range(date(FIRST, 1, 1).toordinal(), date(LAST + 1, 1, 1).toordinal()))
    hours = {(calendar.name, day): len(calendar.intervals(day)) for day in every_day for calendar in (CAISO, MISO)}
    assert {day for (name, day), n in hours.items() if (name, n) == ("CAISO", 23)} == SHORT
    assert {day for (name, day), n in hours.items() if (name, n) == ("CAISO", 25)} == LONG
    assert {n for (name, _), n in hours.items() if name == "CAISO"} == {23, 24, 25}
    assert {n for (name, _), n in hours.items() if name == "MISO"} == {24}


@few
@given(calendars, days, st.timedeltas(timedelta(0), HOUR - TICK))
def test_hour_ending_is_the_position_of_the_hour(calendar: Calendar, day: date, within: timedelta) -> None:
    starts = calendar.intervals(day)
    assert [calendar.hour_ending(start + within) for start in starts] == list(range(1, len(starts) + 1))


@few
@given(calendars, moments(), spans, st.times())
def test_the_published_day_never_goes_back(calendar: Calendar, now: datetime, later: timedelta, at: time) -> None:
    then = now.astimezone(UTC) + later
    assert calendar.newest_published_day(now, at) <= calendar.newest_published_day(then, at)


@few
@given(calendars, days, st.times(time(3), time(23)))
def test_tomorrow_is_published_from_the_time_of_publication_on(calendar: Calendar, day: date, at: time) -> None:
    published = datetime.combine(day, at, tzinfo=calendar.zone).astimezone(UTC)
    newest = [calendar.newest_published_day(now, at) for now in (published - TICK, published)]
    assert newest == [day, day + timedelta(days=1)]


@pytest.mark.parametrize(
    ("calendar", "day", "hours", "start"),
    [
        (CAISO, date(2026, 3, 8), 23, datetime(2026, 3, 8, 8, tzinfo=UTC)),
        (CAISO, date(2026, 3, 9), 24, datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (CAISO, date(2026, 11, 1), 25, datetime(2026, 11, 1, 7, tzinfo=UTC)),
        (MISO, date(2026, 3, 8), 24, datetime(2026, 3, 8, 5, tzinfo=UTC)),
        (MISO, date(2026, 7, 1), 24, datetime(2026, 7, 1, 5, tzinfo=UTC)),
        (MISO, date(2026, 11, 1), 24, datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ],
)
def test_known_days(calendar: Calendar, day: date, hours: int, start: datetime) -> None:
    assert calendar.bounds(day) == (start, start + hours * HOUR)
    assert len(calendar.intervals(day)) == hours
    assert len(calendar.intervals(day, 300)) == hours * 12
    assert calendar.hour_ending(calendar.bounds(day)[1] - TICK) == hours


@pytest.mark.parametrize(("fold", "hour_ending", "utc"), [(0, 2, 8), (1, 3, 9)])
def test_the_hour_that_clocks_show_twice_is_two_hours(fold: int, hour_ending: int, utc: int) -> None:
    moment = datetime(2026, 11, 1, 1, 35, tzinfo=PACIFIC, fold=fold)
    assert CAISO.hour_ending(moment) == hour_ending
    assert CAISO.interval_of(moment, 900) == datetime(2026, 11, 1, utc, 30, tzinfo=UTC)


def test_what_is_published_stays_so_while_clocks_show_the_time_before_again() -> None:
    moments = [datetime(2026, 11, 1, 1, minute, tzinfo=PACIFIC, fold=fold) for fold in (0, 1) for minute in (15, 45)]
    newest = [CAISO.newest_published_day(now, time(1, 30)) for now in moments]
    assert newest == [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 2), date(2026, 11, 2)]


@few
@given(calendars, days, st.dictionaries(st.integers(0, 22), st.sampled_from([0, 2, 3]), max_size=4), zones)
def test_what_is_not_found_once_is_missing_or_repeated(
    calendar: Calendar, day: date, times: dict[int, int], zone: tzinfo
) -> None:
    expected = calendar.intervals(day)
    found = [start.astimezone(zone) for n, start in enumerate(expected) for _ in range(times.get(n, 1))]
    assert missing(reversed(expected), []) == expected
    assert missing(reversed(expected), found) == tuple(expected[n] for n in sorted(times) if times[n] == 0)
    assert repeated(reversed(found)) == tuple(expected[n] for n in sorted(times) if times[n] > 1)


def test_two_hours_that_clocks_show_alike_are_neither_repeated_nor_each_other() -> None:
    first, second = (datetime(2026, 11, 1, 1, tzinfo=PACIFIC, fold=fold) for fold in (0, 1))
    assert repeated([first, second]) == ()
    assert missing([first, second], [first]) == (datetime(2026, 11, 1, 9, tzinfo=UTC),)


@pytest.mark.parametrize("seconds", [0, -3600, 7, 3601, 7200])
def test_a_length_that_does_not_divide_the_hour_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match=f"{seconds} s; expected a length that divides 3600 s"):
        MISO.intervals(date(2026, 3, 8), seconds)
    with pytest.raises(ValueError, match=f"{seconds} s; expected a length that divides 3600 s"):
        MISO.interval_of(datetime(2026, 3, 8, tzinfo=UTC), seconds)


def test_naive_moments_are_refused() -> None:
    naive = datetime(2026, 3, 8, 12)  # noqa: DTZ001 - naive is what is refused
    for ask in (MISO.operating_day, MISO.interval_of, MISO.hour_ending, lambda now: missing([now], [])):
        with pytest.raises(ValueError, match="2026-03-08T12:00:00 has no zone"):
            ask(naive)
    with pytest.raises(ValueError, match="has no zone"):
        MISO.newest_published_day(naive, time(13, 30))
    with pytest.raises(ValueError, match="has no zone"):
        repeated([naive])


def test_a_time_of_publication_has_no_zone_of_its_own() -> None:
    with pytest.raises(ValueError, match="expected market time"):
        MISO.newest_published_day(datetime(2026, 3, 8, tzinfo=UTC), time(13, 30, tzinfo=UTC))


def test_calendars_are_found_by_their_names() -> None:
    assert CALENDARS == {"MISO": MISO, "CAISO": CAISO}
