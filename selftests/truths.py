"""Truths that are known because they are made: servers, canaries and series by chance, seeded, and how often they are
misjudged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from golive.stats.counters import increase
from golive.stats.proportions import compare_canary
from golive.stats.quantile import Block, Plan, evidence
from golive.stats.rates import Counted, RateVerdict, compare_rates
from golive.stats.slope import slope_limits
from golive.stats.traffic import ClientCount, traffic_share
from golive.stats.verdict import Verdict
from selftests import bursts

SEED = 20261124


@dataclass(frozen=True)
class Server:
    """A server with a known share over the limit, and the window in which it is judged."""

    form: str
    """independent, fixed or geometric."""
    seconds: float
    """Length of its bursts: all of them, or their mean."""
    share: float
    blocks: int
    plan: Plan

    @property
    def words(self) -> str:
        """Its bursts, for a table."""
        if self.form == "independent":
            return "none"
        return f"{'all' if self.form == 'fixed' else 'mean'} {self.seconds:g} s"

    def counts(self, runs: int, seed: int) -> bursts.Counts:
        """Requests at or over the limit, by run and block."""
        rng = np.random.default_rng(seed)
        where = (rng, runs, self.blocks, self.plan.block_seconds, self.share)
        if self.form == "independent":
            return bursts.independent(*where)
        return (bursts.fixed if self.form == "fixed" else bursts.geometric)(*where, self.seconds)


@dataclass(frozen=True)
class Rates:
    """How often each verdict was given, as shares of runs."""

    passed: float
    failed: float
    plain: float
    """PASS of the plain binomial test at the end."""
    peeking: float
    """PASS of the same test at any look."""
    runs: int

    @property
    def error(self) -> float:
        """Two standard errors of a share of 5 % in so many runs."""
        return 2 * float(np.sqrt(0.05 * 0.95 / self.runs))


def judged(server: Server, runs: int, seed: int = SEED) -> Rates:
    """Judge a server's runs at each look and at the end, by golive and by the usual methods."""
    over = server.counts(runs, seed)
    n = np.full(over.shape, round(bursts.RATE * server.plan.block_seconds))
    failed, peeked = np.zeros(runs, dtype=np.bool_), np.zeros(runs, dtype=np.bool_)
    for end in _looks(server):
        seen = evidence(n[:, :end], over[:, :end], server.plan)
        failed |= seen.p_fail <= server.plan.alpha / server.plan.looks
        peeked |= _plain(n[:, :end], over[:, :end], server.plan)
    passed = evidence(n, over, server.plan).passes(server.plan) & ~failed
    plain = _plain(n, over, server.plan)
    passes, fails, plainly, peeking = (float(found.mean()) for found in (passed, failed, plain, peeked))
    return Rates(passes, fails, plainly, peeking, runs)


def _looks(server: Server) -> list[int]:
    """Blocks seen at each look, evenly spread, the last at the end; one block alone is never looked at."""
    ends = {round(server.blocks * look / server.plan.looks) for look in range(1, server.plan.looks + 1)}
    return sorted(end for end in ends if end > 1)


def _plain(n: NDArray[np.int64], over: NDArray[np.int64], plan: Plan) -> NDArray[np.bool_]:
    return np.asarray(stats.binom.cdf(over.sum(-1), n.sum(-1), plan.limit_share) <= plan.alpha)


@dataclass(frozen=True)
class Other:
    """A known truth of another kind, and how often the wrong thing was said of it."""

    truth: str
    wrong: str
    golive: float
    usual: str
    naive: float
    runs: int


def identical_canary(rng: np.random.Generator, runs: int) -> Other:
    """Both versions slow for 4 % of the time, in bursts of 2 s of their own."""
    mine = bursts.fixed(rng, runs, 60, 30, 0.04, 2)
    theirs = bursts.fixed(rng, runs, 60, 30, 0.04, 2)
    size = round(bursts.RATE * 30)
    found = [_canary(a, b, size, margin=0.005) for a, b in zip(mine, theirs, strict=True)]
    failed = float(np.mean([verdict is Verdict.FAIL for verdict in found]))
    pooled = (mine.sum(-1) + theirs.sum(-1)) / (2 * size * 60)
    z = ((mine.sum(-1) - theirs.sum(-1)) / (size * 60)) / np.sqrt(2 * pooled * (1 - pooled) / (size * 60))
    return Other("canary the same as stable, 2 s bursts", "FAIL", failed, "z test", float((z > 1.645).mean()), runs)


def tail_regression(rng: np.random.Generator, runs: int) -> Other:
    """400 ms more on 4 % of the canary's requests; the usual comparison is of ranks."""
    stable = rng.lognormal(4.4, 0.6, (runs, 3000))
    canary = rng.lognormal(4.4, 0.6, (runs, 3000))
    canary += 400 * (rng.random(canary.shape) < 0.04)
    over = [(side >= 250).reshape(runs, 60, -1).sum(-1) for side in (canary, stable)]
    found = [_canary(a, b, 50, margin=0.01) for a, b in zip(*over, strict=True)]
    missed = float(np.mean([verdict is not Verdict.FAIL for verdict in found]))
    ranks = stats.mannwhitneyu(canary, stable, alternative="greater", axis=1).pvalue
    return Other(
        "canary slower on 4 % of requests", "not FAIL", missed, "Mann-Whitney", float((ranks > 0.05).mean()), runs
    )


def _canary(canary: bursts.Counts, stable: bursts.Counts, size: int, margin: float) -> Verdict:
    sides = [[Block(size, int(over)) for over in side] for side in (canary, stable)]
    return compare_canary(*sides, margin=margin, ended=True).verdict


def same_rate(rng: np.random.Generator, runs: int) -> Other:
    """Errors that come in batches, at one rate in baseline and window."""
    batches = rng.negative_binomial(1.0, 1 / 6, (runs, 80))
    found = [
        compare_rates([Counted(int(k), 10) for k in row[60:]], [Counted(int(k), 10) for k in row[:60]]).verdict
        for row in batches
    ]
    wrong = float(np.mean([verdict is RateVerdict.ABOVE for verdict in found]))
    window, baseline = batches[:, 60:].sum(-1), batches[:, :60].sum(-1)
    plain = stats.binom.sf(window - 1, window + baseline, 0.25) <= 0.05
    return Other("errors in batches, rate unchanged", "above", wrong, "Poisson", float(plain.mean()), runs)


def wrong_traffic(rng: np.random.Generator, runs: int) -> Other:
    """3 % of clients go to the canary where 10 % should, of 40 clients with 1 to 200 requests each."""
    sizes = rng.integers(1, 201, (runs, 40))
    canary = np.where(rng.random(sizes.shape) < 0.03, sizes, 0)
    found = [
        traffic_share([ClientCount(int(n), int(k)) for n, k in zip(*row, strict=True)], 0.1, [0.1, 0.5, 1.0]).verdict
        for row in zip(sizes, canary, strict=True)
    ]
    passed = float(np.mean([verdict is Verdict.PASS for verdict in found]))
    near = np.abs(canary.sum(-1) / sizes.sum(-1) - 0.1) < 0.05
    return Other("3 % of clients on the canary, not 10 %", "PASS", passed, "share ± 5", float(near.mean()), runs)


def steady_memory(rng: np.random.Generator, runs: int) -> Other:
    """A series of 600 samples with a memory of ten, and no trend."""
    noise = rng.normal(size=(runs, 800))
    series = np.zeros_like(noise)
    for step in range(1, series.shape[1]):
        series[:, step] = 0.9 * series[:, step - 1] + noise[:, step]
    values, times = series[:, -600:], np.arange(600, dtype=np.float64)
    _, low, _ = slope_limits(times, values, 0.05)
    plain = [stats.linregress(times, row, alternative="greater").pvalue <= 0.05 for row in values]
    return Other(
        "memory steady, samples alike", "climbs", float((low > 0).mean()), "least squares", float(np.mean(plain)), runs
    )


def restarted_counter(rng: np.random.Generator, runs: int) -> Other:
    """A process restarts once in the window; its counter grew by 1 to 10 a sample."""
    steps = rng.integers(1, 11, (runs, 60))
    naive = wrong = 0
    for row, at in zip(steps, rng.integers(1, 59, runs), strict=True):
        samples = [*np.cumsum(row[:at]).tolist(), *np.cumsum(row[at:]).tolist()]
        wrong += increase(samples).amount != row[1:].sum()
        naive += samples[-1] - samples[0] != row[1:].sum()
    return Other("counter restarts once", "wrong growth", wrong / runs, "last less first", naive / runs, runs)
