"""Errors counted in a window against a baseline: whether their rate is above what was usual.

Not claimed: that a baseline was a good time, or that the rate would stay what it was. Nor that nothing new is among
the errors: a new message can hide in an unchanged rate, which is why patterns are compared apart from this. "Not
above" means: not above ``tolerated`` times the baseline's rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special, stats

from golive.stats.clusters import freedom_of, variance_of_sum

_MIN_BLOCKS = 2


class RateVerdict(StrEnum):
    """What the two counts allow to be said."""

    ABOVE = "above"
    NOT_ABOVE = "not above"
    NO_BASELINE = "no baseline"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True)
class Counted:
    """Events in one block, and what they were counted over: seconds, or requests; the same unit on both sides."""

    events: int
    exposure: float


@dataclass(frozen=True)
class RateResult:
    """The verdict and the ratio of the window's rate to the baseline's, with limits each wrong with ``alpha``."""

    verdict: RateVerdict
    ratio: float
    """nan where the baseline holds no event or no exposure."""
    low: float
    high: float
    window_rate: float
    baseline_rate: float
    overdispersion: float
    """Variance of the counts over that of a Poisson process; never below 1."""
    p_above: float


def compare_rates(
    window: Sequence[Counted],
    baseline: Sequence[Counted],
    *,
    tolerated: float = 2.0,
    negligible_rate: float = 0.0,
    alpha: float = 0.05,
) -> RateResult:
    """Compare the rate of events in ``window`` with that in ``baseline``, both in consecutive blocks.

    Given their sum, the window's count is binomial (Przyborowski and Wilenski 1940, *Biometrika* 31). Both are
    divided by the overdispersion first (quasi-likelihood: McCullagh and Nelder 1989, *Generalized Linear Models*,
    6.2), estimated within baseline and window each around its own rate, so that a risen rate does not excuse itself;
    the test's normal score is referred to Student's t, because that estimate is uncertain.

    ABOVE where the ratio's lower limit is above 1. NOT_ABOVE where its upper limit is below ``tolerated``, or the
    window's own upper limit at or below ``negligible_rate`` (events a unit of exposure). Else NOT_ENOUGH_DATA, which
    silence is, too.

    Raises ValueError for negative counts, for ``tolerated`` of 1 or less, and for a level outside of 0 to 1.
    """
    _check(window, baseline, tolerated, alpha)
    here, there = _used(window), _used(baseline)
    seen, usual = sum(block.events for block in here), sum(block.events for block in there)
    exposed, basis = sum(block.exposure for block in here), sum(block.exposure for block in there)
    rate, base = _over(seen, exposed), _over(usual, basis)
    if len(there) < _MIN_BLOCKS:
        return RateResult(RateVerdict.NO_BASELINE, math.nan, 0.0, math.inf, rate, base, 1.0, 1.0)
    if not here:
        return RateResult(RateVerdict.NOT_ENOUGH_DATA, math.nan, 0.0, math.inf, rate, base, 1.0, 1.0)
    factor, freedom = _overdispersion(here, there)
    level = float(stats.norm.sf(stats.t.isf(alpha, freedom)))
    mine, theirs = seen / factor, usual / factor
    low = _odds(float(special.betaincinv(mine, theirs + 1, level))) * basis / exposed if seen else 0.0
    high = _odds(float(special.betainccinv(mine + 1, theirs, level))) * basis / exposed if usual else math.inf
    tail = float(special.betainc(mine, theirs + 1, exposed / (exposed + basis))) if seen else 1.0
    p_above = float(stats.t.sf(stats.norm.isf(tail), freedom))
    most = float(special.gammainccinv(mine + 1, level)) * factor / exposed
    verdict = _verdict(p_above <= alpha, high < tolerated or most <= negligible_rate)
    return RateResult(verdict, _over(rate, base), low, high, rate, base, factor, p_above)


def usual_counts(rate: float, exposure: float, overdispersion: float, *, alpha: float = 0.05) -> tuple[float, float]:
    """Between which counts a block of that exposure lies but for a share of ``alpha``, at a known rate of events.

    The counts over the overdispersion are taken for a Poisson variable, as ``compare_rates`` does. For pictures: a
    verdict compares all blocks together.
    """
    mean = rate * exposure / overdispersion
    low, high = stats.poisson.interval(1 - alpha, mean) if mean > 0 else (0.0, 0.0)
    return float(low) * overdispersion, float(high) * overdispersion


def _check(window: Sequence[Counted], baseline: Sequence[Counted], tolerated: float, alpha: float) -> None:
    if any(block.events < 0 or block.exposure < 0 for block in (*window, *baseline)):
        raise ValueError("expected counts and exposures of zero or more")
    if tolerated <= 1 or not 0 < alpha < 1:
        raise ValueError(f"expected a tolerated ratio above 1 and a level between 0 and 1, not {tolerated} and {alpha}")


def _used(blocks: Sequence[Counted]) -> list[Counted]:
    return [block for block in blocks if block.exposure > 0]


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _verdict(above: bool, bounded: bool) -> RateVerdict:  # noqa: FBT001 # two findings, named where they are made
    if above:
        return RateVerdict.ABOVE
    return RateVerdict.NOT_ABOVE if bounded else RateVerdict.NOT_ENOUGH_DATA


def _overdispersion(*sides: Sequence[Counted]) -> tuple[float, float]:
    """The larger of the sides' overdispersions, and its degrees of freedom; a side of one block tells none."""
    found = [_of_one(side) for side in sides if len(side) >= _MIN_BLOCKS and any(block.events for block in side)]
    most = max(len(side) for side in sides) - 1.0
    return max(found, default=(1.0, most))


def _of_one(side: Sequence[Counted]) -> tuple[float, float]:
    events = np.array([block.events for block in side], dtype=np.float64)
    exposure = np.array([block.exposure for block in side], dtype=np.float64)
    residuals = events - events.sum() / exposure.sum() * exposure
    factor = float(variance_of_sum(residuals, neighbours=True)) / float(events.sum())
    return max(1.0, factor), float(freedom_of(residuals))
