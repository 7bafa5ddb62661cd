"""The canary beside the version it is to replace, at the same time: errors and slow requests no more frequent.

Not claimed: that the canary is as good as the stable version. PASS says that it is worse by less than ``margin``. Nor
anything about kinds of requests, or clients, that the canary did not get.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from golive.stats.clusters import Clustered, clustered
from golive.stats.looks import per_look
from golive.stats.quantile import Block
from golive.stats.verdict import Verdict

MIN_BLOCKS = 20


@dataclass(frozen=True)
class CanaryResult:
    """The verdict, both shares, and their difference (canary less stable) with limits each wrong with ``alpha``."""

    verdict: Verdict
    why: str
    canary_share: float
    stable_share: float
    difference: float
    low: float
    high: float
    canary_n: int
    stable_n: int


def compare_canary(
    canary: Sequence[Block],
    stable: Sequence[Block],
    *,
    margin: float,
    ended: bool,
    looks: int = 1,
    alpha: float = 0.05,
) -> CanaryResult:
    """Compare the share of events (errors, slow requests) of both sides, counted in consecutive blocks.

    Non-inferiority with a margin, an absolute difference of shares: PASS at the planned end where the difference's
    upper limit is below ``margin``; FAIL at any look where its lower limit at ``alpha`` over ``looks`` is above it;
    no data on a side is UNKNOWN. The limits combine each side's own (Newcombe 1998, "Interval estimation for the
    difference between independent proportions", *Statistics in Medicine* 17, method 10; Zou and Donner 2008,
    *Statistics in Medicine* 27), which are Clopper-Pearson's on the effective number. What strikes both sides at once
    widens the limits more than need be.

    Raises ValueError for a margin that is not between 0 and 1, and as ``per_look`` does.
    """
    if not 0 < margin < 1:
        raise ValueError(f"expected a margin between 0 and 1, not {margin}")
    mine, theirs = _side(canary), _side(stable)
    strict = per_look(alpha, looks)
    if mine is None or theirs is None:
        return _without_data(canary, stable, ended=ended)
    low, high = _limits(mine, theirs, alpha)
    enough = min(mine.clusters, theirs.clusters) >= MIN_BLOCKS
    verdict, why = _verdict(_limits(mine, theirs, strict)[0], high, margin, enough=enough, ended=ended)
    shares = float(mine.share), float(theirs.share)
    sizes = int(mine.total), int(theirs.total)
    return CanaryResult(verdict, why, *shares, shares[0] - shares[1], low, high, *sizes)


def _side(blocks: Sequence[Block]) -> Clustered | None:
    used = [block for block in blocks if block.n]
    if len(used) < 2:  # noqa: PLR2004 # a single block has no variance
        return None
    return clustered([block.n for block in used], [block.over for block in used], neighbours=True)


def _limits(canary: Clustered, stable: Clustered, alpha: float) -> tuple[float, float]:
    difference = float(canary.share - stable.share)
    below = math.hypot(float(canary.share - canary.low(alpha)), float(stable.high(alpha) - stable.share))
    above = math.hypot(float(canary.high(alpha) - canary.share), float(stable.share - stable.low(alpha)))
    return difference - below, difference + above


def _verdict(low: float, high: float, margin: float, *, enough: bool, ended: bool) -> tuple[Verdict, str]:
    if low > margin:
        return Verdict.FAIL, f"worse by {low:.3%} at least, {margin:.3%} allowed"
    if not ended:
        return Verdict.NOT_YET, "the planned end is not reached"
    if not enough:
        return Verdict.UNKNOWN, f"fewer than {MIN_BLOCKS} blocks with requests on a side"
    if high < margin:
        return Verdict.PASS, f"worse by {high:.3%} at most, {margin:.3%} allowed"
    return Verdict.UNKNOWN, f"the difference lies between {low:.3%} and {high:.3%}, {margin:.3%} allowed"


def _without_data(canary: Sequence[Block], stable: Sequence[Block], *, ended: bool) -> CanaryResult:
    sizes = [sum(block.n for block in side) for side in (canary, stable)]
    shares = [
        sum(block.over for block in side) / n if n else math.nan
        for side, n in zip((canary, stable), sizes, strict=True)
    ]
    verdict = Verdict.UNKNOWN if ended else Verdict.NOT_YET
    names = " and ".join(name for name, n in zip(("canary", "stable version"), sizes, strict=True) if not n)
    why = f"no requests of the {names}" if names else "all requests of a side lie in one block"
    return CanaryResult(verdict, why, shares[0], shares[1], shares[0] - shares[1], -1.0, 1.0, sizes[0], sizes[1])
