"""Was it up for the share of the time that was promised? Good, bad and unknown seconds, from raw samples.

Not claimed: that it was up between two good samples; an outage that fits between them is not seen. Averages over time
are no substitute: they leave gaps out, so that a system that was down together with its monitoring looks well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from golive.stats.verdict import Verdict


@dataclass(frozen=True)
class Sample:
    """Whether it was up at ``time``, in seconds of any clock."""

    time: float
    up: bool


@dataclass(frozen=True)
class UptimeResult:
    """The verdict and the seconds of the window; the true downtime lies between ``bad`` and ``bad + unknown``."""

    verdict: Verdict
    why: str
    good: float
    bad: float
    unknown: float
    budget: float
    samples: int


def uptime(
    samples: Sequence[Sample], start: float, end: float, *, interval: float, promised: float = 0.999
) -> UptimeResult:
    """Count the seconds of ``start`` to ``end`` from samples taken about every ``interval`` seconds.

    Between two good samples it was up, between two bad ones down. Unknown is the time between a good and a bad one,
    between samples more than one and a half intervals apart, and before the first and after the last. The budget is
    the share of the window that ``promised`` leaves: 86.4 s for 99.9 % of a day. PASS if bad and unknown fit into it;
    FAIL if bad alone does not; else UNKNOWN. (Interval bounds on partially observed data: Manski 2003, *Partial
    Identification of Probability Distributions*.)

    Raises ValueError for a window or an interval that is not positive, and for a promise that is not between 0 and 1.
    """
    if end <= start or interval <= 0 or not 0 < promised < 1:
        raise ValueError(
            f"expected a window, an interval and a promised share, not {start} to {end}, {interval}, {promised}"
        )
    used = _within(samples, start, end)
    good = bad = 0.0
    for earlier, later in pairwise(used):
        seconds = later.time - earlier.time
        if earlier.up is later.up and seconds <= 1.5 * interval:
            good, bad = (good + seconds, bad) if later.up else (good, bad + seconds)
    budget = (1 - promised) * (end - start)
    unknown = max(0.0, end - start - good - bad)
    verdict, why = _verdict(bad, unknown, budget, len(used))
    return UptimeResult(verdict, why, good, bad, unknown, budget, len(used))


def _within(samples: Sequence[Sample], start: float, end: float) -> list[Sample]:
    """The window's samples by time; of two of one time the bad one counts."""
    by_time: dict[float, bool] = {}
    for sample in samples:
        if start <= sample.time <= end:
            by_time[sample.time] = by_time.get(sample.time, True) and sample.up
    return [Sample(time, up) for time, up in sorted(by_time.items())]


def _verdict(bad: float, unknown: float, budget: float, samples: int) -> tuple[Verdict, str]:
    seen = f"{bad:.1f} s down and {unknown:.1f} s unknown, {budget:.1f} s allowed"
    if not samples:
        return Verdict.UNKNOWN, "no samples in the window"
    if bad > budget:
        return Verdict.FAIL, seen
    return (Verdict.PASS if bad + unknown <= budget else Verdict.UNKNOWN), seen
