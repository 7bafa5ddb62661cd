"""Is a percentile under its limit? "p95 < L" is the claim that less than 5 % of requests take L or longer.

Not claimed: anything about bursts longer than ``covered_burst_seconds``: a window of 60 s in which nothing was slow
has a one in five chance of lying between the 2 s bursts of a server that is slow for 5 % of its time, and no
arithmetic sees that. Nor anything about times, rates or requests other than those of the window; nor by how much a
percentile is under its limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from golive.stats.clusters import Clustered, Floats, clustered
from golive.stats.looks import holm, per_look
from golive.stats.sizing import requests_needed
from golive.stats.verdict import Verdict

MIN_BLOCKS = 20
"""Fewer blocks say too little of how bursts fall for a PASS."""


@dataclass(frozen=True)
class Block:
    """Requests whose intended start lies in one block of time, and those that took the limit or longer, or failed."""

    n: int
    over: int


@dataclass(frozen=True)
class Plan:
    """What is laid down before the window starts. Seconds are seconds; shares and levels lie between 0 and 1.

    Raises ValueError for figures with which nothing could be decided.
    """

    block_seconds: float
    longest_burst_seconds: float
    """The longest burst against which the promise of ``alpha`` must hold; PASS needs a window that can show its like.
    """
    limit_share: float = 0.05
    alpha: float = 0.05
    """The chance of a PASS for a server on the limit, and of a FAIL for one."""
    looks: int = 1
    """Looks at the window, the one at its end included."""
    power: float = 0.9

    def __post_init__(self) -> None:
        per_look(self.alpha, self.looks)
        if not 0 < self.limit_share < 1 or self.block_seconds <= 0 or self.longest_burst_seconds < 0:
            raise ValueError(
                f"nothing can be decided by {self}: expected a share between 0 and 1 and lengths in seconds"
            )


@dataclass(frozen=True)
class QuantileResult:
    """The verdict on one endpoint, with all it rests on."""

    verdict: Verdict
    why: str
    n: int
    over: int
    blocks: int
    """Those that hold requests."""
    share: float
    """Observed share at or over the limit; nan without requests."""
    low: float
    high: float
    """Clopper-Pearson limits of the share on the effective number, each wrong with probability ``alpha``."""
    design_effect: float
    effective: float
    """The number of independent requests that would tell as much."""
    covered_burst_seconds: float
    """Longest burst that could not have stayed unseen, and whose clustering the blocks can show."""
    needed: int | None
    """About how many more requests a decision takes, at the rate of the window; None where none are, or no number is,
    enough.
    """
    p_fail: float
    """P-value of "the share is within its limit", adjusted for several endpoints."""


@dataclass(frozen=True)
class Evidence:
    """What rows of block counters say of the claim, in arrays of one value a row; simulations weigh many at once."""

    counted: Clustered
    p_pass: Floats
    p_fail: Floats
    covered_burst_seconds: Floats

    def passes(self, plan: Plan) -> NDArray[np.bool_]:
        """Where a look at the planned end may say PASS."""
        enough = self.counted.clusters >= MIN_BLOCKS
        shown = self.covered_burst_seconds >= plan.longest_burst_seconds
        below = self.counted.share < plan.limit_share
        return np.asarray(enough & shown & below & (self.p_pass <= plan.alpha))


def evidence(n: ArrayLike, over: ArrayLike, plan: Plan) -> Evidence:
    """Weigh block counters, blocks along the last axis, each of one request or more.

    Raises ValueError as ``clustered`` does.
    """
    counted = clustered(n, over, neighbours=True)
    p_fail = counted.p_not_above(plan.limit_share)
    # Where every request was slow the blocks cannot show how far one stands for the next: each counts once.
    p_fail = np.where(counted.share >= 1, plan.limit_share**counted.clusters, p_fail)
    covered = covered_burst_seconds(counted.share, counted.clusters, plan)
    return Evidence(counted, counted.p_not_below(plan.limit_share), p_fail, covered)


def covered_burst_seconds(share: ArrayLike, blocks: int, plan: Plan) -> Floats:
    """Longest burst that so many blocks with this observed share allow to speak of, in seconds.

    A server slow in bursts of d seconds for a share h of its time shows none of them in T seconds with a probability
    of at most (1 - h) ** (T / d), for bursts that begin independently of each other (a Poisson process; the chance
    that its union leaves an interval free, Hall 1988, *Introduction to the Theory of Coverage Processes*, 2.2). With
    h, the headroom from the observed share to the limit, that is ``alpha`` or less for d up to T log(1 - h) /
    log(alpha): 59 bursts must fit into a window where nothing was slow. It is never longer than a block: what is
    longer links more than two.
    """
    headroom = np.clip(plan.limit_share - np.asarray(share, dtype=np.float64), 0.0, None)
    fits = blocks * plan.block_seconds * np.log1p(-headroom) / math.log(plan.alpha)
    return np.asarray(np.minimum(plan.block_seconds, fits), dtype=np.float64)


def judge(blocks: Sequence[Block], plan: Plan, *, ended: bool) -> QuantileResult:
    """The verdict of one endpoint at one look; ``ended`` at the planned end, where alone it may be PASS."""
    return judge_all({"": blocks}, plan, ended=ended)[""]


def judge_all(endpoints: Mapping[str, Sequence[Block]], plan: Plan, *, ended: bool) -> dict[str, QuantileResult]:
    """The verdict of each endpoint at one look.

    PASS needs each endpoint to reject "the share is at its limit or more" at ``alpha``, which needs no correction for
    several endpoints where all must pass (Berger 1982, *Technometrics* 24). FAIL takes the opposite tail at ``alpha``
    over the number of looks, by Holm's procedure across endpoints.
    """
    weighed = {name: _weigh(blocks, plan) for name, blocks in endpoints.items()}
    adjusted = holm({name: result.p_fail for name, result in weighed.items()})
    return {name: _decide(replace(result, p_fail=adjusted[name]), plan, ended) for name, result in weighed.items()}


def _weigh(blocks: Sequence[Block], plan: Plan) -> QuantileResult:
    """Everything but the verdict, which stays open."""
    used = [block for block in blocks if block.n]
    n, over = sum(block.n for block in used), sum(block.over for block in used)
    share = over / n if n else math.nan
    if len(used) < 2:  # noqa: PLR2004 # a single block has no variance
        return QuantileResult(
            Verdict.UNKNOWN, "", n, over, len(used), share, 0.0, 1.0, 1.0, float(bool(n)), 0.0, None, 1.0
        )
    seen = evidence([block.n for block in used], [block.over for block in used], plan)
    counted = seen.counted
    result = QuantileResult(
        verdict=Verdict.UNKNOWN,
        why="",
        n=n,
        over=over,
        blocks=len(used),
        share=share,
        low=float(counted.low(plan.alpha)),
        high=float(counted.high(plan.alpha)),
        design_effect=float(counted.effect),
        effective=float(counted.effective),
        covered_burst_seconds=float(seen.covered_burst_seconds),
        needed=None,
        p_fail=float(seen.p_fail),
    )
    return replace(result, verdict=Verdict.PASS) if bool(seen.passes(plan)) else result


def _decide(result: QuantileResult, plan: Plan, ended: bool) -> QuantileResult:  # noqa: FBT001 # passed on
    limit = f"{plan.limit_share:.2%}"
    if result.p_fail <= per_look(plan.alpha, plan.looks):
        return replace(result, verdict=Verdict.FAIL, why=f"{result.share:.2%} at or over the limit, {limit} allowed")
    if not ended:
        return replace(result, verdict=Verdict.NOT_YET, why="the planned end is not reached")
    if result.verdict is Verdict.PASS:
        return replace(result, why=f"at most {result.high:.2%} at or over the limit, {limit} allowed")
    return replace(result, why=_why_open(result, plan), needed=_needed(result, plan))


def _why_open(result: QuantileResult, plan: Plan) -> str:
    if not result.n:
        return "no requests"
    if result.blocks < MIN_BLOCKS:
        return f"{result.blocks} blocks with requests, {MIN_BLOCKS} needed for a PASS"
    if result.high < plan.limit_share and result.covered_burst_seconds < plan.longest_burst_seconds:
        seconds = f"{result.covered_burst_seconds:.2g} s"
        return f"bursts longer than {seconds} could have stayed unseen, {plan.longest_burst_seconds:g} s must not"
    return f"the share lies between {result.low:.2%} and {result.high:.2%}, {plan.limit_share:.2%} allowed"


def _needed(result: QuantileResult, plan: Plan) -> int | None:
    """More requests for a decision if shares and bursts stay as they were seen."""
    share = result.share if result.n else 0.0
    if share == plan.limit_share:
        return None
    wanted = requests_needed(share, plan.limit_share, plan.alpha, plan.power) * result.design_effect
    if result.blocks:
        a_block = result.n / result.blocks
        wanted = max(wanted, MIN_BLOCKS * a_block, _for_bursts(share, plan) / plan.block_seconds * a_block)
    more = math.ceil(wanted) - result.n
    # With few blocks the limits are wider than the effective number says: as much again is the honest guess.
    return more if more > 0 else result.n


def _for_bursts(share: float, plan: Plan) -> float:
    """Seconds of window in which the longest burst could not stay unseen; 0 where no window would help."""
    headroom = plan.limit_share - share
    if headroom <= 0:
        return 0.0
    return plan.longest_burst_seconds * math.log(plan.alpha) / math.log1p(-headroom)
