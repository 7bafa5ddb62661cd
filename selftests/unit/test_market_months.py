"""Contract months are ordered, written one way, and a hole among them is found wherever it is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.market.months import Month, first_after, holes, is_strictly_increasing, run

# The hook by which golive counts assertions slows hypothesis's own tenfold.
few = settings(max_examples=50)
every_month = st.builds(Month, st.integers(1, 9900), st.integers(1, 12))


@few
@given(every_month)
def test_a_month_is_read_as_it_is_written(month: Month) -> None:
    assert Month.parse(str(month)) == month
    assert Month.parse(f"{month}-01") == month


@few
@given(every_month, every_month)
def test_months_are_ordered_as_their_first_days_and_as_they_are_written(one: Month, other: Month) -> None:
    assert (one < other) == (date(one.year, one.month, 1) < date(other.year, other.month, 1))
    assert (one < other) == (str(one) < str(other))


@pytest.mark.parametrize(
    ("month", "following"), [("2026-01", "2026-02"), ("2026-11", "2026-12"), ("2026-12", "2027-01")]
)
def test_next(month: str, following: str) -> None:
    assert str(Month.parse(month).next()) == following


@few
@given(st.dates(date(1, 1, 1), date(9999, 11, 30)))
def test_the_prompt_month_is_the_first_to_begin_after_the_day(day: date) -> None:
    prompt = first_after(day)
    first = date(prompt.year, prompt.month, 1)
    assert 1 <= (first - day).days <= 31
    assert (first - date(day.year, day.month, 1)).days in {28, 29, 30, 31}


@pytest.mark.parametrize(
    ("day", "prompt"),
    [
        (date(2026, 11, 1), "2026-12"),
        (date(2026, 11, 30), "2026-12"),
        (date(2026, 12, 1), "2027-01"),
        (date(2026, 12, 31), "2027-01"),
    ],
)
def test_known_prompt_months(day: date, prompt: str) -> None:
    assert str(first_after(day)) == prompt


@few
@given(every_month, st.integers(0, 120))
def test_a_run_goes_from_month_to_next_month(first: Month, count: int) -> None:
    months = run(first, count)
    assert len(months) == count
    assert months[:1] == (first,)[:count]
    assert [month.next() for month in months[:-1]] == list(months[1:])


@few
@given(every_month, st.integers(2, 48), st.sets(st.integers(1, 46), max_size=5))
def test_holes_are_what_was_taken_from_between(first: Month, count: int, places: set[int]) -> None:
    curve = run(first, count)
    taken = set(curve[1:-1]) & {curve[place % count] for place in places}
    left = [month for month in curve if month not in taken]
    assert holes(left) == holes(left[::-1]) == tuple(sorted(taken))


@few
@given(every_month, st.lists(st.integers(0, 5), max_size=4))
def test_only_each_month_later_than_the_last_is_strictly_increasing(first: Month, places: list[int]) -> None:
    curve = run(first, 6)
    assert is_strictly_increasing(curve)
    assert is_strictly_increasing([curve[place] for place in places]) == (places == sorted(set(places)))


def test_nothing_has_no_holes_and_is_in_order() -> None:
    assert holes([]) == ()
    assert is_strictly_increasing([])


def test_known_holes() -> None:
    months = [Month(2026, 11), Month(2027, 2)]
    assert list(map(str, holes(months))) == ["2026-12", "2027-01"]


@pytest.mark.parametrize("text", ["", "2026", "2026-1", "2026-12-15", "2026-12-01T00:00", "2026-12\n", "Dec-26"])
def test_what_is_no_month_is_refused_with_what_was_seen_and_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no contract month; expected one such as 2026-12") as refused:
        Month.parse(text)
    assert str(refused.value).startswith(repr(text))


@pytest.mark.parametrize("text", ["2026-00", "2026-13", "0000-01"])
def test_a_month_that_the_calendar_has_not_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such month"):
        Month.parse(text)


def test_months_end_with_the_last_year() -> None:
    with pytest.raises(ValueError, match="no such month"):
        Month(9999, 12).next()


def test_a_negative_run_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 months"):
        run(Month(2026, 12), -1)
