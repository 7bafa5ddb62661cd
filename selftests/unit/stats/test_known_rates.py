"""Rates compared: whole results, by hand or by scipy's own distributions, and both sides of each boundary."""

from __future__ import annotations

import math

import pytest
from scipy import special, stats

from golive.stats.rates import Counted, RateVerdict, compare_rates, usual_counts
from selftests.known import above, below, level, same

# Residuals of equal size have a kurtosis of 1, hence one degree of freedom less than blocks.
EVEN = [Counted(count, 60) for count in (9, 11) * 10]
TWICE = [Counted(count, 60) for count in (19, 21) * 5]
FACTOR = 20 / 19 * (20 * 10**2 + 2 * 10**2) / 200
"""Overdispersion of BUNCHED: residuals of 10, of neighbours one more pair alike than not."""
BUNCHED = [Counted(count, 60) for count in (0, 0, 20, 20) * 5]
SILENT = [Counted(0, 60)] * 30


def odds(share: float) -> float:
    return share / (1 - share)


def test_even_counts_are_compared_as_binomial_ones() -> None:
    at = level(0.05, 19)
    same(
        compare_rates(TWICE, EVEN),
        verdict=RateVerdict.ABOVE,
        ratio=2.0,
        low=odds(stats.beta.ppf(at, 200, 201)) * 2,
        high=odds(stats.beta.isf(at, 201, 200)) * 2,
        window_rate=1 / 3,
        baseline_rate=1 / 6,
        overdispersion=1.0,
        p_above=stats.t.sf(stats.norm.isf(stats.binom.sf(199, 400, 1 / 3)), 19),
    )


@pytest.mark.parametrize(
    ("window", "baseline", "verdict"),
    [(TWICE, BUNCHED, RateVerdict.ABOVE), (BUNCHED, TWICE, RateVerdict.NOT_ABOVE)],
)
def test_the_more_uneven_side_widens_the_limits(
    window: list[Counted], baseline: list[Counted], verdict: RateVerdict
) -> None:
    here, there = sum(block.exposure for block in window), sum(block.exposure for block in baseline)
    at, each = level(0.05, 19), 200 / FACTOR
    same(
        compare_rates(window, baseline, tolerated=1.2),
        verdict=verdict,
        ratio=there / here,
        low=odds(stats.beta.ppf(at, each, each + 1)) * there / here,
        high=odds(stats.beta.isf(at, each + 1, each)) * there / here,
        window_rate=200 / here,
        baseline_rate=200 / there,
        overdispersion=FACTOR,
        p_above=stats.t.sf(stats.norm.isf(stats.beta.cdf(here / (here + there), each, each + 1)), 19),
    )


def test_two_blocks_are_a_baseline_and_tell_how_uneven_they_are() -> None:
    found = compare_rates([Counted(5, 60)], [Counted(0, 60), Counted(20, 60)])
    assert (found.verdict, found.overdispersion) == (RateVerdict.NOT_ENOUGH_DATA, 2 * 200 / 20)
    assert found.low == pytest.approx(odds(stats.beta.ppf(level(0.05, 1), 5 / 20, 2)) * 2)
    halves = compare_rates([Counted(2, 60)], [Counted(1, 0.5), Counted(1, 0.5)])
    assert (halves.baseline_rate, halves.window_rate) == (2.0, 2 / 60)


def test_where_a_side_is_missing_nothing_is_known_but_the_rates() -> None:
    unknown = {"ratio": math.nan, "low": 0.0, "high": math.inf, "overdispersion": 1.0, "p_above": 1.0}
    one = [Counted(6, 60), Counted(5, 0)]
    same(compare_rates(TWICE, one), verdict=RateVerdict.NO_BASELINE, window_rate=1 / 3, baseline_rate=0.1, **unknown)
    same(
        compare_rates([Counted(5, 0)], EVEN),
        verdict=RateVerdict.NOT_ENOUGH_DATA, window_rate=math.nan, baseline_rate=1 / 6, **unknown,
    )  # fmt: skip


def test_a_silent_baseline_bounds_the_ratio_from_below_alone() -> None:
    found = compare_rates(TWICE, [Counted(0, 60)] * 20)
    assert found.low == pytest.approx(odds(level(0.05, 9) ** (1 / 200)) * 2)
    assert (found.high, found.verdict) == (math.inf, RateVerdict.ABOVE)
    assert math.isnan(found.ratio)


def test_a_silent_window_bounds_the_ratio_from_above_alone() -> None:
    found = compare_rates([Counted(0, 60)] * 10, EVEN)
    assert (found.ratio, found.low, found.p_above) == (0.0, 0.0, 1.0)
    assert found.high == pytest.approx(odds(1 - level(0.05, 19) ** (1 / 200)) * 2)


def test_silence_on_both_sides_is_bounded_by_the_time_it_was_listened_to() -> None:
    most = float(special.gammainccinv(1, level(0.05, 29))) / 1800
    assert most == pytest.approx(-math.log(level(0.05, 29)) / 1800)
    assert compare_rates(SILENT, SILENT[:5], negligible_rate=most).verdict is RateVerdict.NOT_ABOVE
    assert compare_rates(SILENT, SILENT[:5], negligible_rate=below(most)).verdict is RateVerdict.NOT_ENOUGH_DATA
    same(
        compare_rates(SILENT, SILENT),
        verdict=RateVerdict.NOT_ENOUGH_DATA, ratio=math.nan, low=0.0, high=math.inf, window_rate=0.0,
        baseline_rate=0.0, overdispersion=1.0, p_above=1.0,
    )  # fmt: skip


def test_bursts_raise_what_the_window_s_rate_may_be() -> None:
    at = stats.gamma.isf(level(0.05, 19), 200 / FACTOR + 1) * FACTOR / 1200
    for negligible, verdict in {
        at * 1.000001: RateVerdict.NOT_ABOVE,
        at * 0.999999: RateVerdict.NOT_ENOUGH_DATA,
    }.items():
        assert compare_rates(BUNCHED, EVEN, tolerated=1.01, negligible_rate=negligible).verdict is verdict


def test_both_sides_of_each_limit() -> None:
    found = compare_rates(EVEN[:10], EVEN)
    for alpha, verdict in {found.p_above: RateVerdict.ABOVE, below(found.p_above): RateVerdict.NOT_ABOVE}.items():
        assert compare_rates(EVEN[:10], EVEN, alpha=alpha, tolerated=9).verdict is verdict
    for tolerated, verdict in {
        found.high: RateVerdict.NOT_ENOUGH_DATA,
        above(found.high): RateVerdict.NOT_ABOVE,
    }.items():
        assert compare_rates(EVEN[:10], EVEN, tolerated=tolerated).verdict is verdict


@pytest.mark.parametrize("wrong", [Counted(-1, 60), Counted(1, -0.5)])
def test_negative_counts_are_refused_on_either_side(wrong: Counted) -> None:
    for sides in (([wrong], EVEN), (EVEN, [wrong])):
        with pytest.raises(ValueError, match=r"^expected counts and exposures of zero or more$"):
            compare_rates(*sides)


@pytest.mark.parametrize(("tolerated", "alpha"), [(1.0, 0.05), (2.0, 0.0), (2.0, 1.0), (2.0, 1.5)])
def test_levels_that_are_none_are_named(tolerated: float, alpha: float) -> None:
    with pytest.raises(ValueError, match=f"^expected .* between 0 and 1, not {tolerated} and {alpha}$"):
        compare_rates(EVEN, EVEN, tolerated=tolerated, alpha=alpha)


@pytest.mark.parametrize(
    ("rate", "exposure", "overdispersion", "expected"),
    [
        (0.1, 40, 1, (1, 8)),  # Poisson of mean 4: 1.8 % are below 1, 2.1 % above 8
        (0.1, 80, 2, (2, 16)),
        (0.01, 50, 1, (0, 2)),
        (0.0, 50, 1, (0, 0)),
    ],
)
def test_usual_counts_are_poisson_quantiles(
    rate: float, exposure: float, overdispersion: float, expected: tuple[float, float]
) -> None:
    assert usual_counts(rate, exposure, overdispersion) == expected
