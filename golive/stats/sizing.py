"""How many requests a verdict needs, said before the window starts.

Not claimed: that a window of this size decides. The figures hold for independent requests; bursts need as many times
more as their design effect says, which nobody knows beforehand. Nor that the true share is the one assumed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

_EXACT_UP_TO = 100_000
"""Above, the normal approximation is off by less than one in a hundred."""
_STEP = 4096


def requests_needed(share_true: float, limit_share: float = 0.05, alpha: float = 0.05, power: float = 0.9) -> int:
    """Independent requests with which the share is told from its limit at level ``alpha`` with probability ``power``.

    For a true share below the limit to show that it is below, for one above that it is above. Up to 100,000 the
    smallest number that does so with the exact binomial test (Clopper and Pearson 1934, *Biometrika* 26), beyond by
    the normal approximation of one proportion (Fleiss 1981, *Statistical Methods for Rates and Proportions*, 2.2).
    Raises ValueError for a share on the limit: no number tells the two apart.
    """
    if not (0 <= share_true <= 1 and 0 < limit_share < 1 and share_true != limit_share):
        raise ValueError(f"no number of requests tells a share of {share_true} from a limit of {limit_share}")
    if share_true > limit_share:
        return requests_needed(1 - share_true, 1 - limit_share, alpha, power)
    about = _approximately(share_true, limit_share, alpha, power)
    if about > _EXACT_UP_TO:
        return about
    first = 1
    while True:
        sizes = np.arange(first, first + _STEP)
        enough = np.flatnonzero(_power(sizes, share_true, limit_share, alpha) >= power)
        if enough.size:
            return int(sizes[enough[0]])
        first += _STEP


def canary_requests_needed(
    share_stable: float, share_canary: float, traffic: float, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Canary requests that show a rise to ``share_canary`` while the canary gets the share ``traffic`` of all.

    One-sided test of two proportions by their arcsine difference (Cohen 1988, *Statistical Power Analysis for the
    Behavioral Sciences*, 6.4). From 0.1 % to 0.2 % of errors at 10 % of traffic: about 10,000. Raises ValueError
    where there is no rise, or no traffic on one side.
    """
    if not (0 <= share_stable < share_canary <= 1 and 0 < traffic < 1):
        raise ValueError("expected a rise between two shares, and traffic on both sides")
    effect = 2 * (math.asin(math.sqrt(share_canary)) - math.asin(math.sqrt(share_stable)))
    quantiles = float(stats.norm.isf(alpha) + stats.norm.ppf(power))
    return math.ceil((quantiles / effect) ** 2 * (1 + traffic / (1 - traffic)))


def _power(sizes: NDArray[np.int64], share_true: float, limit_share: float, alpha: float) -> NDArray[np.float64]:
    """The probability that the exact test rejects, for each number of requests."""
    most = stats.binom.ppf(alpha, sizes, limit_share)
    most = np.where(stats.binom.cdf(most, sizes, limit_share) <= alpha, most, most - 1)
    return np.asarray(stats.binom.cdf(most, sizes, share_true))


def _approximately(share_true: float, limit_share: float, alpha: float, power: float) -> int:
    at_limit = float(stats.norm.isf(alpha)) * math.sqrt(limit_share * (1 - limit_share))
    at_truth = float(stats.norm.ppf(power)) * math.sqrt(share_true * (1 - share_true))
    return math.ceil(((at_limit + at_truth) / (limit_share - share_true)) ** 2)
