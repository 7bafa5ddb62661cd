"""Clusters, looks and sizes by hand: every figure of a result, along every axis, and both sides of each boundary."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from golive.stats.clusters import Clustered, clustered, freedom_of, variance_of_sum
from golive.stats.looks import holm, per_look
from golive.stats.sizing import canary_requests_needed, requests_needed
from selftests.known import level, lower, upper

SIZES = np.array([[100.0] * 20, [100.0] * 20])
COUNTS = np.array([[20.0, 20, 0, 0] * 5, [20.0, 0] * 10])
"""The same counts, in pairs of blocks and alternating: residuals of 10, 2,000 squared, in pairs 2,200."""
BINOMIAL = 2000 * 0.1 * 0.9


def tail_as_t(tail: float, freedom: float) -> float:
    return float(stats.t.sf(stats.norm.isf(tail), freedom))


@pytest.mark.parametrize(("neighbours", "squares"), [(False, (2000, 2000)), (True, (2200, 2000))])
def test_rows_are_weighed_along_the_last_axis(neighbours: bool, squares: tuple[float, float]) -> None:
    found = clustered(SIZES, COUNTS, neighbours=neighbours)
    assert found.total.tolist() == [2000, 2000]
    assert found.share.tolist() == [0.1, 0.1]
    assert found.effect == pytest.approx([20 / 19 * each / BINOMIAL for each in squares])
    assert found.effective == pytest.approx([2000 / (20 / 19 * each / BINOMIAL) for each in squares])
    assert found.freedom.tolist() == [19, 19]
    assert found.clusters == 20


def test_limits_and_p_values_are_the_binomial_ones_on_the_effective_number() -> None:
    found = clustered(SIZES[0], COUNTS[0], neighbours=False)
    n, at = 2000 * BINOMIAL * 19 / 20 / 2000, level(0.05, 19)
    assert float(found.low(0.05)) == pytest.approx(lower(n / 10, n, at))
    assert float(found.high(0.05)) == pytest.approx(upper(n / 10, n, at))
    below = stats.beta.sf(0.15, n / 10 + 1, n - n / 10)  # as many events or fewer, at a share of 0.15
    above = stats.beta.cdf(0.06, n / 10, n - n / 10 + 1)
    assert float(found.p_not_below(0.15)) == pytest.approx(tail_as_t(below, 19))
    assert float(found.p_not_above(0.06)) == pytest.approx(tail_as_t(above, 19))


def test_whole_numbers_have_the_binomial_tails() -> None:
    found = clustered([10, 10], [3, 3], neighbours=True)
    assert float(found.p_not_below(0.5)) == pytest.approx(tail_as_t(stats.binom.cdf(6, 20, 0.5), 1))
    assert float(found.p_not_above(0.1)) == pytest.approx(tail_as_t(stats.binom.sf(5, 20, 0.1), 1))


@pytest.mark.parametrize(("share", "low", "high"), [(0, 0.0, None), (1, None, 1.0)])
def test_a_share_of_none_or_all_has_one_limit(share: int, low: float | None, high: float | None) -> None:
    found, at = clustered([10] * 3, [10 * share] * 3, neighbours=True), level(0.05, 2)
    assert float(found.low(0.05)) == (pytest.approx(at ** (1 / 30)) if low is None else low)
    assert float(found.high(0.05)) == (pytest.approx(1 - at ** (1 / 30)) if high is None else high)
    assert (float(found.effect), float(found.freedom)) == (1, 2)
    tails = float(found.p_not_below(0.2)), float(found.p_not_above(0.2))
    expected = (1.0, tail_as_t(0.2**30, 2)) if share else (tail_as_t(0.8**30, 2), 1.0)
    assert tails == pytest.approx(expected)


def test_a_share_of_half_an_effective_thing_keeps_its_limits() -> None:
    # Figures below those of any count: beta distributions allow them.
    found = Clustered(np.array(10.0), np.array(0.05), np.array(10.0), np.array(5.0), 6)
    assert float(found.low(0.1)) == pytest.approx(lower(0.05, 1, level(0.1, 5)))
    assert float(found.high(0.1)) == pytest.approx(upper(0.05, 1, level(0.1, 5)))
    assert float(found.p_not_above(0.01)) == pytest.approx(tail_as_t(stats.beta.cdf(0.01, 0.05, 1.95), 5))
    mirror = Clustered(np.array(10.0), np.array(0.95), np.array(10.0), np.array(5.0), 6)
    assert float(mirror.high(0.1)) == pytest.approx(1 - lower(0.05, 1, level(0.1, 5)))
    assert float(mirror.p_not_below(0.99)) == pytest.approx(tail_as_t(stats.beta.cdf(0.01, 0.05, 1.95), 5))


def test_two_clusters_of_one_thing_are_enough() -> None:
    found = clustered([1, 1], [0, 1], neighbours=False)
    # Residuals of a half: (2 / 1) * (1/4 + 1/4) over 2 * 1/2 * 1/2.
    assert (float(found.share), float(found.effect), float(found.freedom), found.clusters) == (0.5, 2.0, 1.0, 2)


@pytest.mark.parametrize(
    ("n", "events"), [([5], [1]), ([5, 0], [1, 0]), ([5, -1], [1, 0]), ([5, 5], [1, 6]), ([5, 5], [-1, 1])]
)
def test_what_are_no_clusters_is_said_in_full(n: list[int], events: list[int]) -> None:
    said = "^expected two clusters or more, each of one thing or more, none with more events than things$"
    with pytest.raises(ValueError, match=said):
        clustered(n, events, neighbours=True)


def test_variances_of_sums_by_hand() -> None:
    rows = np.array([[3.0, -1, -1, -1], [1.0, 1, -1, -1]])
    assert variance_of_sum(rows, neighbours=False).tolist() == pytest.approx([4 / 3 * 12, 4 / 3 * 4])
    # Products of neighbours: -3 + 1 + 1 takes nothing away, 1 - 1 + 1 counts twice.
    assert variance_of_sum(rows, neighbours=True).tolist() == pytest.approx([4 / 3 * 12, 4 / 3 * 6])


def test_degrees_of_freedom_by_hand() -> None:
    # Kurtoses 7 * 84 / 12**2, and 1 for values of one size; 2 * 7 / (kurtosis - 4/6).
    rows = np.array([[3.0, -1, -1, -1, 0, 0, 0], [1.0, 1, 1, 1, -1, -1, -1], [0.0] * 7, [1.0, 0, 0, 0, 0, 0, 0]])
    expected = [2 * 7 / (7 * 84 / 144 - 4 / 6), 6, 6, 2 * 7 / (7 - 4 / 6)]
    assert freedom_of(rows).tolist() == pytest.approx(expected)
    assert float(freedom_of(np.array([2.0, -2]))) == 1
    assert float(freedom_of(np.array([2.0, -1, -1]))) == 2
    small = np.array([0.3, -0.1, -0.1, -0.1, 0, 0, 0])  # squares below 1: no unit matters
    assert float(freedom_of(small)) == pytest.approx(expected[0])


def test_each_look_spends_its_part() -> None:
    assert (per_look(0.06, 3), per_look(0.05, 1)) == (0.02, 0.05)
    for alpha, looks in ((0.05, 0), (0.0, 1), (1.0, 1), (1.5, 2)):
        said = f"^expected one look or more and a level between 0 and 1, not {looks} looks at {alpha}$"
        with pytest.raises(ValueError, match=said):
            per_look(alpha, looks)


def test_holm_by_hand() -> None:
    # In order: 4 * 0.01, 3 * 0.012 is less and raised to it, 2 * 0.3, 1 * 0.4 raised; and never above 1.
    assert holm({"d": 0.4, "b": 0.012, "a": 0.01, "c": 0.3}) == pytest.approx(
        {"a": 0.04, "b": 0.04, "c": 0.6, "d": 0.6}
    )
    assert list(holm({"z": 0.1, "a": 0.2})) == ["z", "a"]
    assert holm({"a": 0.7, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def cohen(stable: float, canary: float, traffic: float) -> float:
    effect = 2 * (math.asin(math.sqrt(canary)) - math.asin(math.sqrt(stable)))
    return float(((stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) / effect) ** 2 / (1 - traffic))


@pytest.mark.parametrize(("stable", "canary", "traffic"), [(0.0, 0.01, 0.5), (0.001, 0.002, 0.1), (0.9, 1.0, 0.25)])
def test_requests_of_a_canary_by_cohen_s_formula(stable: float, canary: float, traffic: float) -> None:
    assert canary_requests_needed(stable, canary, traffic) == math.ceil(cohen(stable, canary, traffic))


@pytest.mark.parametrize(
    ("stable", "canary", "traffic"),
    [(-0.1, 0.2, 0.1), (0.2, 0.2, 0.1), (0.1, 1.1, 0.1), (0.1, 0.2, 0.0), (0.1, 0.2, 1.0), (0.1, 0.2, 1.5)],
)
def test_what_is_no_rise_is_refused(stable: float, canary: float, traffic: float) -> None:
    with pytest.raises(ValueError, match=r"^expected a rise between two shares, and traffic on both sides$"):
        canary_requests_needed(stable, canary, traffic)


@pytest.mark.parametrize(
    ("share", "limit", "expected"),
    [
        (0.0, 0.05, 59),  # 0.95**59 is below 5 %, 0.95**58 is not
        (1.0, 0.95, 59),
        (0.0, 0.5, 5),
        (1.0, 0.5, 5),
        (0.0, 0.0007, 4279),  # beyond the first 4,096 that are tried
    ],
)
def test_the_smallest_number_that_holds_no_event(share: float, limit: float, expected: int) -> None:
    assert expected == math.ceil(math.log(0.05) / math.log(1 - limit if share == 0 else limit))
    assert requests_needed(share, limit) == expected


def test_beyond_a_hundred_thousand_fleiss_formula_is_used() -> None:
    at_limit, at_truth = stats.norm.ppf(0.95) * math.sqrt(0.05 * 0.95), stats.norm.ppf(0.9) * math.sqrt(0.049 * 0.951)
    assert requests_needed(0.049) == math.ceil(((at_limit + at_truth) / 0.001) ** 2)
    assert requests_needed(1 - 0.049, 0.95) == pytest.approx(requests_needed(0.049), abs=1)


@pytest.mark.parametrize(
    ("share", "limit"), [(0.05, 0.05), (-0.1, 0.05), (1.1, 0.05), (0.1, 0.0), (0.1, 1.0), (0.5, 1.5)]
)
def test_shares_that_no_number_tells_apart_are_named(share: float, limit: float) -> None:
    said = f"^no number of requests tells a share of {share} from a limit of {limit}$"
    with pytest.raises(ValueError, match=said):
        requests_needed(share, limit)
