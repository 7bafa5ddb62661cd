"""What is read over time: slopes, seconds up and down, counters and their resets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.stats.counters import differences, increase
from golive.stats.slope import MIN_SAMPLES, SlopeVerdict, judge_slope
from golive.stats.uptime import Sample, UptimeResult, uptime
from golive.stats.verdict import Verdict
from selftests import truths

few = settings(max_examples=60)
DAY = 86_400
finite = st.floats(-1e6, 1e6)


@few
@given(st.lists(finite, min_size=MIN_SAMPLES, max_size=80), st.floats(-50, 50), st.floats(-1e3, 1e3))
def test_a_slope_moves_with_its_series(values: list[float], more: float, lift: float) -> None:
    times = [float(place) for place in range(len(values))]
    plain = judge_slope(times, values, limit=0, declared_seconds=1)
    moved = judge_slope(
        times, [v + more * t + lift for t, v in zip(times, values, strict=True)], limit=0, declared_seconds=1
    )
    assert moved.slope - plain.slope == pytest.approx(more, abs=1e-4)
    assert moved.high - moved.low == pytest.approx(plain.high - plain.low, abs=1e-4, rel=1e-4)
    assert plain.low <= plain.slope <= plain.high


def saw(slope: float, count: int = 360) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(3)
    times = [10.0 * place for place in range(count)]
    return times, [500 + slope * t + 30 * ((t / 150) % 1) + float(rng.normal(0, 3)) for t in times]


def test_a_leak_climbs_and_a_saw_does_not() -> None:
    leak = judge_slope(*saw(0.05), limit=0.01, declared_seconds=3000)
    steady = judge_slope(*saw(0.0), limit=0.01, declared_seconds=3000)
    for name, found in (("leak of 0.05", leak), ("no leak", steady)):
        print(f"{name}: {found.slope:.4f} in {found.low:.4f} to {found.high:.4f}, {found.verdict}")
    assert (leak.verdict, steady.verdict) == (SlopeVerdict.CLIMBS, SlopeVerdict.STEADY)


def test_a_short_window_rules_no_leak_out_but_may_find_one() -> None:
    short = judge_slope(*saw(0.0), limit=0.01, declared_seconds=86_400)
    assert short.verdict is SlopeVerdict.UNKNOWN
    assert "no leak is ruled out" in short.why
    assert judge_slope(*saw(0.05), limit=0.01, declared_seconds=86_400).verdict is SlopeVerdict.CLIMBS


def test_few_samples_decide_nothing_and_nonsense_is_refused() -> None:
    times, values = saw(0.05)
    few_samples = judge_slope(times[: MIN_SAMPLES - 1], values[: MIN_SAMPLES - 1], limit=0, declared_seconds=1)
    assert few_samples.verdict is SlopeVerdict.UNKNOWN
    assert math.isnan(few_samples.slope)
    assert judge_slope([], [], limit=0, declared_seconds=1).verdict is SlopeVerdict.UNKNOWN
    for wrong in ((times, values[1:]), (times[::-1], values), (times, [math.nan, *values[1:]])):
        with pytest.raises(ValueError, match="expected"):
            judge_slope(*wrong, limit=0, declared_seconds=1)


def test_samples_that_are_alike_are_no_leak() -> None:
    found = truths.steady_memory(np.random.default_rng(6), 600)
    print(f"steady: false climbs {found.golive:.1%}, {found.usual} {found.naive:.1%}")
    assert found.golive <= 0.075
    assert found.naive > 0.25


def day(*, down: tuple[int, int] = (0, 0), gap: tuple[int, int] = (0, 0), interval: int = 1) -> UptimeResult:
    samples = [Sample(t, not down[0] <= t < down[1]) for t in range(0, DAY + 1, interval) if not gap[0] <= t < gap[1]]
    return uptime(samples, 0, DAY, interval=interval)


TRUTHS: dict[str, tuple[Callable[[], UptimeResult], Verdict]] = {
    "80 s down": (lambda: day(down=(1000, 1080)), Verdict.PASS),
    "90 s down": (lambda: day(down=(1000, 1090)), Verdict.FAIL),
    "60 s down and a gap of 30 minutes": (lambda: day(down=(1000, 1060), gap=(5000, 6800)), Verdict.UNKNOWN),
    "no series": (lambda: uptime([], 0, DAY, interval=1), Verdict.UNKNOWN),
    "80 s down, seen every 15 s": (lambda: day(down=(1000, 1080), interval=15), Verdict.UNKNOWN),
    "nothing down": (day, Verdict.PASS),
    "always down": (lambda: day(down=(0, DAY + 1)), Verdict.FAIL),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_ground_truth_13_uptime_of_a_day(name: str) -> None:
    seen, expected = TRUTHS[name]
    found = seen()
    print(f"{name}: good {found.good:.0f} s, bad {found.bad:.0f} s, unknown {found.unknown:.0f} s, {found.verdict}")
    assert found.verdict is expected
    assert found.budget == pytest.approx(86.4)
    assert found.good + found.bad + found.unknown == pytest.approx(DAY)


@few
@given(st.lists(st.tuples(st.integers(-50, 550), st.booleans()), max_size=80))
def test_seconds_add_up_in_any_order(seen: list[tuple[int, bool]]) -> None:
    samples = [Sample(time, up) for time, up in seen]
    found = uptime(samples, 0, 500, interval=10, promised=0.9)
    assert found.good + found.bad + found.unknown == pytest.approx(500)
    assert min(found.good, found.bad, found.unknown) >= 0
    assert uptime(samples[::-1], 0, 500, interval=10, promised=0.9) == found
    fewer = uptime(samples[1:], 0, 500, interval=10, promised=0.9)
    if found.verdict is Verdict.PASS:
        assert found.bad + found.unknown <= 50
    assert fewer.samples <= found.samples


def test_of_two_samples_of_one_second_the_bad_one_counts() -> None:
    twice = [Sample(float(t), up=up) for t in range(0, 101, 10) for up in (True, False)]
    assert uptime(twice, 0, 100, interval=10).bad == 100


@pytest.mark.parametrize("wrong", [(10, 10, 1, 0.9), (0, 10, 0, 0.9), (0, 10, 1, 1.0)])
def test_a_window_that_is_none_is_refused(wrong: tuple[float, float, float, float]) -> None:
    start, end, interval, promised = wrong
    with pytest.raises(ValueError, match="expected"):
        uptime([], start, end, interval=interval, promised=promised)


steps = st.lists(st.integers(0, 1000), min_size=2, max_size=30)


@few
@given(steps, st.integers(0, 10**6))
def test_growth_without_reset_is_exact(grown: list[int], start: int) -> None:
    found = increase([start + total for total in itertools.accumulate(grown)])
    assert (found.amount, found.resets, found.exact) == (sum(grown[1:]), 0, True)


@few
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=20), st.lists(st.integers(1, 1000), min_size=1, max_size=20))
def test_growth_over_a_reset_is_never_too_much(first: list[int], second: list[int]) -> None:
    before, after = list(itertools.accumulate(first)), list(itertools.accumulate(second))
    found = increase([*before, *after])
    truth = sum(first[1:]) + sum(second)
    assert 0 <= found.amount <= truth
    if after[0] < before[-1]:
        assert (found.amount, found.resets, found.exact) == (truth, 1, False)


@pytest.mark.parametrize("wrong", [[], [1.0], [1.0, -1.0]])
def test_what_is_no_counter_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        increase(wrong)


BEFORE = {1: {"calls": 10.0, "ms": 50.0}, 2: {"calls": 5.0, "ms": 9.0}, 3: {"calls": 7.0, "ms": 1.0}}


def test_two_reads_of_a_table_of_counters() -> None:
    after = {1: {"calls": 14.0, "ms": 70.0}, 2: {"calls": 2.0, "ms": 30.0}, 4: {"calls": 3.0, "ms": 6.0}}
    found = differences(BEFORE, after)
    assert found.grown == {1: {"calls": 4, "ms": 20}, 4: {"calls": 3, "ms": 6}}
    assert (set(found.reset), set(found.gone)) == ({2}, {3})
    assert not found.all_reset
    assert not found.complete
    assert differences(BEFORE, BEFORE).complete


def test_another_epoch_is_a_reset_even_where_counters_rose() -> None:
    after = {key: {name: value + 100 for name, value in row.items()} for key, row in BEFORE.items()}
    found = differences(BEFORE, after, epoch_before="09:00", epoch_after="09:30")
    assert (found.all_reset, found.complete, found.grown) == (True, False, {})
    with pytest.raises(ValueError, match="columns"):
        differences(BEFORE, {1: {"calls": 11.0}})
