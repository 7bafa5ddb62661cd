"""Uptime, slopes and counters by hand: whole results, and both sides of each boundary."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from golive.stats.counters import differences, increase
from golive.stats.slope import SlopeVerdict, judge_slope, slope_limits
from golive.stats.uptime import Sample, uptime
from golive.stats.verdict import Verdict
from selftests.known import above, below, same


def samples(ups: list[bool], *, start: float = 100, every: float = 5) -> list[Sample]:
    return [Sample(start + every * place, up) for place, up in enumerate(ups)]


@pytest.mark.parametrize(
    ("down", "verdict", "unknown"),
    [
        (0, Verdict.PASS, 0),
        (20, Verdict.PASS, 5),  # 25 s may be bad, and are
        (25, Verdict.UNKNOWN, 5),  # as much is bad, and 5 s more may be
        (30, Verdict.FAIL, 5),
    ],
)
def test_seconds_by_hand(down: int, verdict: Verdict, unknown: int) -> None:
    ups = [t > down or not down for t in range(0, 101, 5)]
    same(
        uptime(samples(ups), 100, 200, interval=5, promised=0.75),
        verdict=verdict, why=f"{down}.0 s down and {unknown}.0 s unknown, 25.0 s allowed", good=100 - down - unknown,
        bad=down, unknown=unknown, budget=25, samples=21,
    )  # fmt: skip


def test_without_samples_all_is_unknown() -> None:
    outside = [Sample(99.9, up=True), Sample(200.1, up=False)]
    same(
        uptime(outside, 100, 200, interval=5, promised=0.75),
        verdict=Verdict.UNKNOWN, why="no samples in the window", good=0, bad=0, unknown=100, budget=25, samples=0,
    )  # fmt: skip


@pytest.mark.parametrize(("gap", "good"), [(15, 15), (15.001, 0), (5, 5)])
def test_one_and_a_half_intervals_between_samples_are_seen_and_more_are_not(gap: float, good: float) -> None:
    assert uptime([Sample(0, up=True), Sample(gap, up=True)], 0, 100, interval=10).good == good


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_the_bad_one_of_two_at_one_time_counts_in_either_order(order: tuple[bool, bool]) -> None:
    twice = [Sample(float(t), up) for t in range(0, 101, 10) for up in order]
    same(
        uptime(twice, 0, 100, interval=10, promised=0.5),
        verdict=Verdict.FAIL, why="100.0 s down and 0.0 s unknown, 50.0 s allowed", good=0, bad=100, unknown=0,
        budget=50, samples=11,
    )  # fmt: skip


def test_half_a_second_is_an_interval_and_no_promise_is_none() -> None:
    assert uptime(samples([True] * 21, start=0, every=0.5), 0, 10, interval=0.5).verdict is Verdict.PASS
    for wrong in ((0, 10, 1, 0.0), (0, 10, 1, 1.5), (10, 0, 1, 0.9), (0, 10, -1, 0.9)):
        said = f"^expected a window, .* not {wrong[0]} to {wrong[1]}, {wrong[2]}, {wrong[3]}$"
        with pytest.raises(ValueError, match=said):
            uptime([], wrong[0], wrong[1], interval=wrong[2], promised=wrong[3])


# 24 samples 1 s apart in six stretches, whose means climb and fall; the first of 25 is left out.
STEPS = [float(place // 4 % 2) + place // 8 for place in range(24)]
TIMES = [100.0 + place for place in range(24)]
LINE = stats.linregress(np.arange(6) * 4.0, [0, 1, 1, 2, 2, 3])
HALF = stats.t.isf(0.05, 4) * LINE.stderr


def test_the_slope_is_that_of_the_line_through_six_means() -> None:
    low, high = LINE.slope - HALF, LINE.slope + HALF
    same(
        judge_slope([99.5, *TIMES], [1000.0, *STEPS], limit=0.5, declared_seconds=23.5),
        verdict=SlopeVerdict.STEADY, why=f"between {low:.3g} and {high:.3g} a second, 0.5 allowed",
        slope=LINE.slope, low=low, high=high, seconds=23.5, samples=25,
    )  # fmt: skip


def test_many_series_are_fitted_as_each_alone() -> None:
    rows = np.array([STEPS, STEPS[::-1], np.ones(24)])
    slope, low, high = slope_limits(np.array(TIMES), rows, 0.05)
    assert slope == pytest.approx([LINE.slope, -LINE.slope, 0])
    assert low == pytest.approx([LINE.slope - HALF, -LINE.slope - HALF, 0])
    assert high == pytest.approx([LINE.slope + HALF, -LINE.slope + HALF, 0])


def test_both_sides_of_a_slope_s_limits() -> None:
    found = judge_slope(TIMES, STEPS, limit=1, declared_seconds=23)
    for limit, declared, verdict in (
        (below(found.low), 23, SlopeVerdict.CLIMBS),
        (found.low, 23, SlopeVerdict.UNKNOWN),
        (found.high, 23, SlopeVerdict.UNKNOWN),
        (above(found.high), 23, SlopeVerdict.STEADY),
        (above(found.high), above(23), SlopeVerdict.UNKNOWN),
    ):
        assert judge_slope(TIMES, STEPS, limit=limit, declared_seconds=declared).verdict is verdict
    short = judge_slope(TIMES, STEPS, limit=1, declared_seconds=60).why
    assert short.endswith(" a second, 1 allowed; 23 s seen, 60 s declared: no leak is ruled out")


@pytest.mark.parametrize(("count", "seconds"), [(0, 0), (1, 0), (23, 22)])
def test_less_than_24_samples_have_no_slope(count: int, seconds: float) -> None:
    same(
        judge_slope(TIMES[:count], STEPS[:count], limit=1, declared_seconds=1),
        verdict=SlopeVerdict.UNKNOWN, why=f"{count} samples, 24 needed", slope=math.nan, low=-math.inf,
        high=math.inf, seconds=seconds, samples=count,
    )  # fmt: skip


def test_times_that_stand_still_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^expected as many finite values as times, and times that rise$"):
        judge_slope([*TIMES[:-1], TIMES[-2]], STEPS, limit=1, declared_seconds=1)


def test_growth_by_hand_and_what_is_no_counter() -> None:
    same(increase([3.0, 5.0, 5.0, 1.0, 4.0, 0.0]), amount=2 + 1 + 3, resets=2)
    with pytest.raises(ValueError, match=r"^expected two samples or more, none negative, not \[1, -1, 2\]$"):
        increase([1, -1, 2, 3])


def test_tables_of_counters_by_hand() -> None:
    before, after = {1: {"calls": 2.0}, 2: {"calls": 9.0}, 3: {"calls": 1.0}}, {1: {"calls": 2.0}, 2: {"calls": 8.0}}
    rows = {"grown": {1: {"calls": 0.0}}, "reset": frozenset({2}), "gone": frozenset({3}), "all_reset": False}
    assert vars(differences(before, after)) == rows
    anew = {"grown": {}, "reset": frozenset(), "gone": frozenset({3}), "all_reset": True}
    assert vars(differences(before, after, epoch_after="later")) == anew
    with pytest.raises(ValueError, match=r"^row 1 had the columns \['calls'\] and now has \['calls', 'ms'\]$"):
        differences(before, {1: {"ms": 1.0, "calls": 2.0}})
