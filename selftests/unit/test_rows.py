"""Rows of an answer beside rows of a store."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.facts.rows import Row, at, canonical, differences, in_words, key_of, number, repeated, rows_at, same

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-11-24T12:00:00Z", "2026-11-24 12:00:00"),
        ("2026-11-24T07:00:00-05:00", "2026-11-24T12:00:00.000+00:00"),
        (NOON, "2026-11-24T12:00"),
        (17, "17"),
        (31.25, "31.25"),
        (31.27, Decimal("31.27")),
        (31.27, Decimal("31.2700")),
        (-0.0, 0),
        (datetime.date(2026, 11, 24), "2026-11-24"),
    ],
)
def test_the_same_value_however_it_is_written(one: object, other: object) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-11-24T12:00:00Z", "2026-11-24 12:00:01"),
        (31.25, 31.26),
        (True, 1),
        (None, ""),
        ("A", "a"),
        (2**53, 2**53 + 1),
    ],
)
def test_another_value_is_another(one: object, other: object) -> None:
    assert not same(one, other)


@given(st.datetimes(timezones=st.just(datetime.UTC)), st.integers(-12, 12))
def test_a_time_is_the_same_in_every_zone(moment: datetime.datetime, hours: int) -> None:
    try:
        there = moment.astimezone(datetime.timezone(datetime.timedelta(hours=hours)))
    except OverflowError:
        return
    assert canonical(there.isoformat()) == moment


def test_differences_name_what_the_store_holds_otherwise_and_what_it_lacks() -> None:
    rows: list[Row] = [{"node": "A", "price": 1.0}, {"node": "B", "price": 2.0}, {"node": "C", "price": "3"}]
    store = [{"node": "A", "price": 1.5}, {"node": "C", "price": 3}]
    found = differences(rows, store, ("node",), ("price",))
    assert found == {"A": "price 1.0, in the store 1.5", "B": "not in the store"}


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize("nothing", [None, "", "NaN", "-inf", NAN, INFINITE, Decimal("NaN")])
def test_no_value_is_a_difference_also_where_both_sides_have_none(nothing: object) -> None:
    for row, held in ((nothing, nothing), (nothing, 1.0), (1.0, nothing)):
        assert differences([{"node": "A", "price": row}], [{"node": "A", "price": held}], ("node",), ("price",))


def test_no_value_is_said_and_may_be_allowed() -> None:
    row = {"node": "A", "price": 1.0, "note": None}
    assert differences([row], [row], ("node",), ("price", "note")) == {"A": "note null, in the store null"}
    assert differences([row], [row], ("node",), ("price", "note"), may_be_null={"note"}) == {}
    assert differences([{**row, "note": "x"}], [row], ("node",), ("note",), may_be_null={"note"}) == {
        "A": "note 'x', in the store null"
    }


def test_a_key_without_a_value_identifies_nothing() -> None:
    assert differences([{"node": None}], [{"node": None}], ("node",), ()) == {"None": "node null, in the store null"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("31.27", 31.27), (31, 31.0), (Decimal("1.5"), 1.5), (None, None), (True, None), (NAN, None), ("ten", None)],
)
def test_numbers(value: object, expected: float | None) -> None:
    assert number(value) == expected


def test_rows_that_are_there_twice() -> None:
    rows = [
        {"node": "A", "start": "2026-11-24T12:00:00Z"},
        {"node": "A", "start": "2026-11-24 12:00:00"},
        {"node": "B"},
    ]
    assert repeated(rows, ("node", "start")) == ("A 2026-11-24T12:00:00+00:00",)


def test_places_in_an_answer() -> None:
    content = {"result": {"rows": [{"a": 1}, 2, {"b": 3}]}}
    assert rows_at(content, "result.rows") == ({"a": 1}, {"b": 3})
    assert rows_at(content, "result.none") == ()
    assert at([1], "result") is None
    assert in_words(key_of({"a": 1, "b": "x"}, ("b", "a"))) == "x 1"
    assert in_words(key_of({"a": "1e9999", "b": 0.5, "c": 100}, ("a", "b", "c"))) == "1E+9999 0.5 100"
