"""Order, gaps, duplicates, freshness: what a stream's events say beside the topic's own records."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.facts import arrivals
from golive.facts.arrivals import Course, Event, Place
from golive.facts.clock import offset_of

MAX_AGE = 3.0
DATE = "Tue, 24 Nov 2026 11:00:00 GMT"
DATED = 1795518000.0


few = settings(max_examples=25, deadline=None)
"""Every assertion that holds is written out for golive's count of them, which costs more than the example."""


def event(partition: int, offset: int, at: float = 0.5, made: float | None = 0.0) -> Event:
    return Event(partition, offset, at, made, {"price": 30.0 + offset, "node": "A"})


def record(place: Place) -> dict[str, object]:
    return {"price": 30.0 + place[1], "node": "A"}


def course(before: list[Event], after: list[Event], places: list[Place], **more: object) -> Course:
    ends = {p: 1 + max(o for q, o in places if q == p) for p, _ in places}
    given_so = {
        "began": 0.0, "cut": 1.0, "resumed": 2.0, "ended": 3.0, "at_start": dict.fromkeys(ends, 0), "at_cut": ends,
        "at_resume": ends, "at_end": ends, "records": {p: record(p) for p in places},
        "made": dict.fromkeys(places, 0.0),
    }  # fmt: skip
    return Course(tuple(before), tuple(after), **{**given_so, **more})  # type: ignore[arg-type] # as the test says


streams = st.lists(st.sampled_from([(p, step) for p in range(3) for step in (1, 2)]), min_size=3, max_size=12)


@st.composite
def topics(draw: st.DrawFn) -> list[Place]:
    """Places of a topic as its partitions fill, with offsets that transactions and compaction have left out."""
    ends: dict[int, int] = {}
    places = []
    for partition, step in draw(streams):
        ends[partition] = ends.get(partition, -1) + step
        places.append((partition, ends[partition]))
    return places


@few
@given(topics(), st.data())
def test_what_comes_as_it_stands_in_the_topic_is_right_wherever_it_is_cut(
    places: list[Place], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(places)))
    events = [event(*place) for place in places]
    found = course(events[:cut], events[cut:], places)
    assert arrivals.disorder(found, MAX_AGE) == {}
    assert arrivals.unlike(found, {"price": "price", "node": "node"}) == {}


@few
@given(topics(), st.data())
def test_an_event_left_out_between_two_of_its_partition_is_missing(places: list[Place], data: st.DataObject) -> None:
    inner = [
        n for n, (p, _) in enumerate(places)
        if any(q == p for q, _ in places[:n]) and any(q == p for q, _ in places[n + 1 :])
    ]  # fmt: skip
    if not inner:
        return
    gone = data.draw(st.sampled_from(inner))
    cut = data.draw(st.integers(0, len(places)))
    kept = [(n, event(*place)) for n, place in enumerate(places) if n != gone]
    found = course([e for n, e in kept if n < cut], [e for n, e in kept if n >= cut], places)
    gaps, lost = arrivals.missing(found, MAX_AGE)
    assert [*gaps, *lost] == [places[gone]]


@few
@given(topics(), st.data())
def test_an_event_that_comes_twice_is_repeated_and_not_out_of_order(places: list[Place], data: st.DataObject) -> None:
    twice = data.draw(st.sampled_from(places))
    events = [event(*place) for place in places]
    events.insert(data.draw(st.integers(places.index(twice) + 1, len(events))), event(*twice))
    assert arrivals.repeated(events) == [twice]
    assert arrivals.out_of_order(events) == []


@few
@given(topics(), st.integers())
def test_any_other_order_within_a_partition_is_out_of_order(places: list[Place], seed: int) -> None:
    mixed = places[:]
    random.Random(seed).shuffle(mixed)
    sorted_in_each = all(
        [o for p, o in mixed if p == one] == sorted(o for p, o in mixed if p == one) for one in {p for p, _ in mixed}
    )
    assert (arrivals.out_of_order([event(*place) for place in mixed]) == []) is sorted_in_each


def test_what_came_while_away_and_is_not_made_up_for_is_lost_at_the_cut() -> None:
    places = [(0, n) for n in range(6)]
    forgot = course([event(0, 0), event(0, 1)], [event(0, 4), event(0, 5)], places)
    assert arrivals.missing(forgot, MAX_AGE) == ([], [(0, 2), (0, 3)])
    nothing = course([event(0, 0), event(0, 1)], [], places, at_resume={0: 4})
    assert arrivals.missing(nothing, MAX_AGE)[1] == [(0, 2), (0, 3)]
    assert (forgot.while_away, nothing.while_away) == (4, 2)


def test_the_newest_records_may_still_be_under_way_until_they_are_too_old() -> None:
    places = [(0, n) for n in range(4)]
    events = [event(0, n) for n in range(3)]
    assert arrivals.missing(course([], events, places, made={(0, 3): 2.0}), MAX_AGE) == ([], [])
    assert arrivals.missing(course([], events, places, made={(0, 3): -2.0}), MAX_AGE) == ([(0, 3)], [])


def test_what_the_topic_had_before_the_first_event_is_nobodys() -> None:
    found = course([event(0, 2)], [event(0, 3)], [(0, n) for n in range(4)])
    assert arrivals.missing(found, MAX_AGE) == ([], [])


def test_a_partition_of_which_nothing_comes_is_silent() -> None:
    places = [(0, 0), (1, 0), (0, 1)]
    assert arrivals.silent_partitions(course([event(0, 0)], [event(0, 1)], places)) == [1]
    assert arrivals.silent_partitions(course([event(0, 0)], [event(0, 1)], places, at_start={0: 0, 1: 1})) == []


@pytest.mark.parametrize(
    ("at", "made", "wrong"),
    [
        (0.5, 0.0, ""),
        (0.5, -20.0, "after its time"),
        (2.5, -0.4, ""),  # 2.9 s old, of which one is the cut
        (2.5, -2.0, "came 3.5 s after its time"),
        (0.5, 9.0, "before its time"),
        (0.5, None, "says no time"),
    ],
)
def test_an_event_is_late_by_its_own_time_and_the_cut_is_not_the_streams(at: float, made: float, wrong: str) -> None:
    found = arrivals.late(course([event(0, 0)], [event(0, 1, at, made)], [(0, 0), (0, 1)]), MAX_AGE)
    assert wrong in found.get((0, 1), "")
    assert bool(found) is bool(wrong)


def test_an_event_that_is_not_its_record_is_told_by_what_differs() -> None:
    places = [(0, 0), (0, 1)]
    found = course([event(0, 0), Event(0, 1, 0.5, 0.0, {"price": 1.0}), event(0, 9)], [], places)
    assert arrivals.unlike(found, {"price": "price", "node": "node"}) == {
        (0, 1): "node None, the record says 'A'; price 1.0, the record says 31.0",
        (0, 9): "the topic has no such record",
    }


def test_many_places_are_counted_and_many_points_keep_the_oldest() -> None:
    assert arrivals.named([(0, n) for n in range(14)])[-1] == "and 2 more"
    assert arrivals.told({(0, n): "late" for n in range(13)})["further events"] == "1"
    many = [event(0, n, at=1.0, made=0.0 if n == 777 else 0.9) for n in range(1000)]
    ages = [age for _, age in arrivals.points(course(many, [], [(0, 0)]))]
    assert (len(ages) <= arrivals.MOST_POINTS, max(ages)) == (True, 1000)


@pytest.mark.parametrize(
    ("asked", "answered", "offset"),
    [
        (DATED, DATED + 0.1, 0.0),
        (DATED + 1.9, DATED + 2, 0.0),
        (DATED - 10, DATED - 9, 9.0),
        (DATED + 60, DATED + 61, -58.0),
    ],
)
def test_only_what_is_certain_of_another_clock_counts(asked: float, answered: float, offset: float) -> None:
    assert offset_of(DATE, asked, answered) == offset


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_without_a_date_nothing_is_known_of_the_other_clock(date: str) -> None:
    assert offset_of(date, 0, 0) is None
