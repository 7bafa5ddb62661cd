"""Whether memory climbs over the window: a slope with limits, never two points.

Not claimed: that a steady window proves the absence of a leak that is slower than ``limit``, or that begins later. A
window shorter than the declared length decides no PASS; warming caches and a leak look the same until the warm-up is
over, so the caller leaves it out. Nor do the limits keep their level where the series swings about as slowly as a sixth
of the window is long: they then err in one of ten series instead of one of twenty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from golive.stats.clusters import Floats

STRETCHES = 6
MIN_SAMPLES = 4 * STRETCHES


class SlopeVerdict(StrEnum):
    """What the series allows to be said."""

    CLIMBS = "climbs"
    STEADY = "steady"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SlopeResult:
    """The verdict and the slope in units of the series a second, with limits each wrong with ``alpha``."""

    verdict: SlopeVerdict
    why: str
    slope: float
    low: float
    high: float
    seconds: float
    samples: int


def judge_slope(
    times: Sequence[float], values: Sequence[float], *, limit: float, declared_seconds: float, alpha: float = 0.05
) -> SlopeResult:
    """Compare a series' slope with ``limit``, in its units a second; ``times`` in seconds, strictly rising.

    CLIMBS where the lower limit is above ``limit``; STEADY where the upper one is below it and the series spans
    ``declared_seconds``; else UNKNOWN. Fewer than 24 samples decide nothing.

    Raises ValueError for times that do not rise, for values that are not finite, and for lengths that differ.
    """
    t, y = np.asarray(times, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if t.shape != y.shape or t.ndim != 1 or np.any(np.diff(t) <= 0) or not np.all(np.isfinite(y)):
        raise ValueError("expected as many finite values as times, and times that rise")
    seconds = float(t[-1] - t[0]) if t.size else 0.0
    if t.size < MIN_SAMPLES:
        why = f"{t.size} samples, {MIN_SAMPLES} needed"
        return SlopeResult(SlopeVerdict.UNKNOWN, why, math.nan, -math.inf, math.inf, seconds, t.size)
    slope, low, high = (float(figure) for figure in slope_limits(t, y, alpha))
    verdict, why = _verdict(low, high, limit, seconds, declared_seconds)
    return SlopeResult(verdict, why, slope, low, high, seconds, t.size)


def slope_limits(times: Floats, values: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """Least squares' slope with lower and upper limit, for series along the last axis of ``values``.

    Memory is a saw: samples near each other are alike, and limits that take them for independent are far too narrow
    (they found a leak in 35 of 100 steady series). The series is cut into six stretches, and the line fitted through
    their means, which are nearly independent once a stretch is long against the series' own memory (batch means:
    Conway 1963, *Management Science* 10; that few stretches are safe with Student's t: Ibragimov and Muller 2010, *J.
    Business & Economic Statistics* 28). Of three ways simulated this kept its level best with the hundred samples of
    a window; a HAC estimate by cosines erred twice as often as promised even without correlation. No seed: a series
    has one verdict.
    """
    size = values.shape[-1] // STRETCHES * STRETCHES
    t = times[-size:].reshape(STRETCHES, -1).mean(-1)
    y = values[..., -size:].reshape(*values.shape[:-1], STRETCHES, -1).mean(-1)
    centred = t - t.mean()
    spread = (centred**2).sum()
    slope = np.asarray((y * centred).sum(-1) / spread)
    residuals = y - y.mean(-1, keepdims=True) - slope[..., np.newaxis] * centred
    freedom = STRETCHES - 2
    half = stats.t.isf(alpha, freedom) * np.sqrt((residuals**2).sum(-1) / freedom / spread)
    return slope, np.asarray(slope - half), np.asarray(slope + half)


def _verdict(low: float, high: float, limit: float, seconds: float, declared: float) -> tuple[SlopeVerdict, str]:
    seen = f"between {low:.3g} and {high:.3g} a second, {limit:.3g} allowed"
    if low > limit:
        return SlopeVerdict.CLIMBS, seen
    if seconds < declared:
        return SlopeVerdict.UNKNOWN, f"{seen}; {seconds:.0f} s seen, {declared:.0f} s declared: no leak is ruled out"
    return (SlopeVerdict.STEADY if high < limit else SlopeVerdict.UNKNOWN), seen
