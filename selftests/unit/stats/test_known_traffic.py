"""The share of traffic: whole results by the beta distribution, and both sides of each boundary."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from golive.stats.traffic import ClientCount, traffic_share
from golive.stats.verdict import Verdict
from selftests.known import above, below, level, lower, same, upper

ALIKE = [ClientCount(1000, 100)] * 10
STEPS = (0.1, 0.5, 1.0)


def test_clients_that_are_alike_leave_the_binomial_limits() -> None:
    at = level(0.025, 9)
    low, high = lower(1000, 10_000, at), upper(1000, 10_000, at)
    same(
        traffic_share([*ALIKE, ClientCount(0, 0)], 0.1, STEPS),
        verdict=Verdict.PASS,
        why=f"the share lies between {low:.1%} and {high:.1%}, 10% expected",
        share=0.1, low=low, high=high, clients=10, design_effect=1.0,
    )  # fmt: skip


def test_clients_that_stick_count_for_less_in_whatever_order() -> None:
    effect = 20 / 19 * (20 * 10**2) / (2000 * 0.1 * 0.9)
    n, at = 2000 / effect, level(0.025, 19)
    low, high = lower(n / 10, n, at), upper(n / 10, n, at)
    for pattern in ((20, 20, 0, 0), (20, 0, 20, 0)):
        same(
            traffic_share([ClientCount(100, count) for count in pattern * 5], 0.1, STEPS),
            verdict=Verdict.PASS,
            why=f"the share lies between {low:.1%} and {high:.1%}, 10% expected",
            share=0.1, low=low, high=high, clients=20, design_effect=effect,
        )  # fmt: skip


def test_where_the_canary_answered_none_each_client_counts_once() -> None:
    high = upper(0, 60, level(0.025, 59))
    same(
        traffic_share([ClientCount(50, 0)] * 60, 0.1, STEPS),
        verdict=Verdict.FAIL, why=f"the share lies between 0.0% and {high:.1%}, 10% expected",
        share=0.0, low=0.0, high=high, clients=60, design_effect=1.0,
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_clients_say_nothing(count: int) -> None:
    same(
        traffic_share([ClientCount(10, 1)] * count, 0.1, STEPS),
        verdict=Verdict.UNKNOWN, why=f"{count} clients with requests", share=math.nan, low=0, high=1, clients=count,
        design_effect=1,
    )  # fmt: skip


def test_two_clients_have_a_share() -> None:
    found = traffic_share([ClientCount(10, 1)] * 2, 0.1, STEPS)
    assert (found.share, found.clients) == (0.1, 2)
    assert found.low == pytest.approx(lower(2, 20, level(0.025, 1)))


SPREAD = [ClientCount(1, place % 3 == 0) for place in range(30)]
SEEN = traffic_share(SPREAD, 0.5, (0.5,))


@pytest.mark.parametrize(
    ("expected", "steps", "verdict"),
    [
        (SEEN.low, (SEEN.low,), Verdict.PASS),  # on the lower limit, far from 1
        (below(SEEN.low), (below(SEEN.low),), Verdict.FAIL),
        (SEEN.high, (0.9 * SEEN.low, SEEN.high), Verdict.UNKNOWN),
        (above(SEEN.high), (above(SEEN.high),), Verdict.FAIL),
        (2 * SEEN.low, (2 * SEEN.low,), Verdict.UNKNOWN),  # the lower limit is in the middle between it and 0
        (below(2 * SEEN.low), (below(2 * SEEN.low),), Verdict.PASS),
        (SEEN.high / 2, (SEEN.high / 2, 1.5 * SEEN.high), Verdict.UNKNOWN),  # the upper one between it and the next
        (SEEN.high / 2, (SEEN.high / 2, 1.5 * above(above(SEEN.high))), Verdict.PASS),
    ],
)
def test_both_sides_of_each_boundary(expected: float, steps: Sequence[float], verdict: Verdict) -> None:
    assert traffic_share(SPREAD, expected, steps).verdict is verdict


def test_all_of_the_traffic_is_a_step_whether_named_or_not() -> None:
    ten_of_sixteen = [ClientCount(1, place < 10) for place in range(16)]
    found = traffic_share(ten_of_sixteen, 0.5, (0.5,))
    assert 0.25 < found.low < 0.75 < found.high
    assert found.verdict is Verdict.UNKNOWN
    assert found.why.endswith(f" and {found.high:.1%}: too wide to tell 50% from the next step")


@pytest.mark.parametrize(("expected", "steps"), [(0.2, (0.1, 0.5)), (0.0, (0.0, 0.5)), (1.5, (0.5, 1.5))])
def test_what_is_no_step_is_named(expected: float, steps: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=rf"^{expected} is not among the steps \[{steps[0]}, {steps[1]}\]$"):
        traffic_share(ALIKE, expected, steps)
