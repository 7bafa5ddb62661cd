"""Shares of counted things that come in clusters: time blocks with bursts in them, clients with many requests each.

Not claimed: anything about clusters that did not show. Where no cluster holds an event, or all hold nothing else, the
counts say nothing of how events cluster; the modules that build on this one deal with that case by themselves. Nor is
the level exact: it is held in the simulations of ``benchmarks/ground_truth.py``, for the forms of bursts named there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Clustered:
    """A share with what its clusters do to its precision. Arrays have the shape of the counts but for the last axis."""

    total: Floats
    share: Floats
    effect: Floats
    """Variance of the share over that of as many independent things; never below 1 (Kish 1965, *Survey Sampling*)."""
    freedom: Floats
    """Degrees of freedom of the estimated variance."""
    clusters: int

    @property
    def effective(self) -> Floats:
        """Number of independent things that would tell as much."""
        return self.total / self.effect

    def p_not_below(self, limit: float) -> Floats:
        """P-value of "the share is ``limit`` or more"; small where the counts speak for less.

        The exact binomial tail at the effective size (Korn and Graubard 1998, *Survey Methodology* 24), its normal
        score referred to Student's t, because the design effect is itself estimated from few clusters.
        """
        events = self.share * self.effective
        tail = special.betaincc(events + 1, np.maximum(self.effective - events, 1e-12), limit)
        return np.where(self.share >= 1, 1.0, self._wider(tail))

    def p_not_above(self, limit: float) -> Floats:
        """P-value of "the share is ``limit`` or less"; small where the counts speak for more."""
        events = self.share * self.effective
        tail = special.betainc(np.maximum(events, 1e-12), self.effective - events + 1, limit)
        return np.where(self.share <= 0, 1.0, self._wider(tail))

    def low(self, alpha: float) -> Floats:
        """The share's lower limit, wrong with probability ``alpha``: the smallest share that ``p_not_above`` allows."""
        events = self.share * self.effective
        found = special.betaincinv(np.maximum(events, 1e-12), self.effective - events + 1, self._level(alpha))
        return np.where(self.share <= 0, 0.0, found)

    def high(self, alpha: float) -> Floats:
        """The share's upper limit, wrong with probability ``alpha``: the largest share that ``p_not_below`` allows."""
        events = self.share * self.effective
        found = special.betainccinv(events + 1, np.maximum(self.effective - events, 1e-12), self._level(alpha))
        return np.where(self.share >= 1, 1.0, found)

    def _wider(self, tail: Floats) -> Floats:
        return np.asarray(stats.t.sf(stats.norm.isf(tail), self.freedom), dtype=np.float64)

    def _level(self, alpha: float) -> Floats:
        return np.asarray(stats.norm.sf(stats.t.isf(alpha, self.freedom)), dtype=np.float64)


def clustered(n: ArrayLike, events: ArrayLike, *, neighbours: bool) -> Clustered:
    """The share of ``events`` among ``n``, both counted by cluster along the last axis.

    The variance is that of a ratio estimator over clusters (Cochran 1977, *Sampling Techniques*, 6.3). With
    ``neighbours`` the clusters are consecutive times, and what two neighbours have in common is added with full
    weight (Hansen and Hodrick 1980, *J. Political Economy* 88): a burst that is no longer than a block touches two of
    them at most.

    Raises ValueError for fewer than two clusters, for an empty cluster, and for more events than things.
    """
    sizes, counts = np.asarray(n, dtype=np.float64), np.asarray(events, dtype=np.float64)
    if sizes.shape[-1:] < (2,) or np.any(sizes <= 0) or np.any(counts < 0) or np.any(counts > sizes):
        raise ValueError("expected two clusters or more, each of one thing or more, none with more events than things")
    total, clusters = sizes.sum(-1), sizes.shape[-1]
    share = counts.sum(-1) / total
    residuals = counts - share[..., np.newaxis] * sizes
    independent = total * share * (1 - share)
    ratio = variance_of_sum(residuals, neighbours=neighbours) / np.where(independent > 0, independent, 1.0)
    return Clustered(total, share, np.maximum(1.0, ratio), freedom_of(residuals), clusters)


def variance_of_sum(residuals: Floats, *, neighbours: bool) -> Floats:
    """The estimated variance of the sum of clusters, from their residuals along the last axis."""
    clusters = residuals.shape[-1]
    squares = (residuals**2).sum(-1)
    shared = 2 * (residuals[..., 1:] * residuals[..., :-1]).sum(-1) if neighbours else np.zeros_like(squares)
    return np.asarray(clusters / (clusters - 1) * np.maximum(squares, squares + shared), dtype=np.float64)


def freedom_of(residuals: Floats) -> Floats:
    """Degrees of freedom of a variance estimated from these residuals: between 1 and one less than clusters.

    A few bursts among quiet blocks make the variance far less certain than as many normal values would; its degrees of
    freedom follow from the kurtosis (O'Neill 2014, "Some useful moment results in sampling problems", *The American
    Statistician* 68). Without this, one bad server in eight passed where bursts are as rare as the window allows.
    """
    clusters = residuals.shape[-1]
    squares, fourths = (residuals**2).sum(-1), (residuals**4).sum(-1)
    kurtosis = clusters * fourths / np.where(squares > 0, squares, 1.0) ** 2
    found = 2 * clusters / np.maximum(kurtosis - (clusters - 3) / (clusters - 1), 1e-9)
    return np.asarray(np.clip(np.where(squares > 0, found, clusters - 1), 1, clusters - 1), dtype=np.float64)
