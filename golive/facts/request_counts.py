"""From samples of a latency histogram to requests by block of time, and those beyond one of its edges; pure.

The edge's own bucket is counted, never interpolated: ``histogram_quantile`` draws a line through a bucket and is off by
up to its width. Counters that begin anew lose what came between the last scrape and their end; that is said.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from golive.stats.counters import increase
from golive.stats.quantile import Block

MOST_NAMED = 3
Samples = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Bucket:
    """One bucket's counter of one series: its edge in seconds, and whether its answers were errors.

    ``series`` names what else tells series apart: pod, route, method.
    """

    series: str
    edge: float
    error: bool
    samples: Samples


@dataclass(frozen=True)
class Counted:
    """Requests of one endpoint by block. ``lacking`` says why they may not be all; empty where they are."""

    blocks: tuple[Block, ...]
    errors: int
    resets: int
    lacking: tuple[str, ...]


def counted(
    buckets: Iterable[Bucket], limit: float, began: float, ended: float, block: float, max_gap: float
) -> Counted:
    """Requests between two times, in blocks so long; over the limit are those in no bucket up to it, and all errors.

    Times are the metrics' own. Samples reach ``max_gap`` further back, so that counters have a base.
    """
    buckets = tuple(buckets)
    edges = sorted({each.edge for each in buckets if math.isfinite(each.edge)})
    if not buckets:
        return Counted((), 0, 0, ("no series matches",))
    if limit not in edges:
        words = ", ".join(f"{edge:g}" for edge in edges)
        return Counted((), 0, 0, (f"the histogram has no bucket edge at {limit:g} s; it has {words}",))
    size = max(1, math.ceil((ended - began) / block))
    total, within = [0.0] * size, [0.0] * size
    errors = resets = 0
    for each in buckets:
        if each.edge not in {limit, math.inf}:
            continue
        steps = _steps(each.samples, began)
        grown = _by_block(steps, began, block, size)
        if math.isinf(each.edge):
            total = [a + b for a, b in zip(total, grown, strict=True)]
            errors += round(sum(grown)) if each.error else 0
            resets += sum(later < earlier for (_, earlier), (_, later) in pairwise(steps))
        elif not each.error:
            within = [a + b for a, b in zip(within, grown, strict=True)]
    blocks = tuple(Block(round(n), round(max(0.0, n - good))) for n, good in zip(total, within, strict=True))
    return Counted(blocks, errors, resets, _lacking(buckets, resets, began, ended, max_gap))


def _steps(samples: Samples, began: float) -> Samples:
    """From the last sample before the window on; a series that is new in it has counted from nothing."""
    before = [each for each in samples if each[0] <= began][-1:]
    after = [each for each in samples if each[0] > began]
    return [*(before or [(began, 0.0)]), *after]


def _by_block(steps: Samples, began: float, block: float, size: int) -> list[float]:
    grown = defaultdict[int, float](float)
    for (since, earlier), (at, later) in pairwise(steps):
        middle = (max(since, began) + at) / 2
        grown[min(size - 1, int((middle - began) / block))] += increase((earlier, later)).amount
    return [grown[place] for place in range(size)]


def _lacking(buckets: Sequence[Bucket], resets: int, began: float, ended: float, max_gap: float) -> tuple[str, ...]:
    based = any(each.samples and each.samples[0][0] <= began for each in buckets)
    gap = _gap((at for each in buckets for at, _ in each.samples), began, ended)
    words = []
    if not based:
        words.append("no sample from before the window: what was counted until then is not known")
    if gap > max_gap:
        words.append(f"no sample for {gap:.1f} s, {max_gap:g} s allowed")
    elif silent := _silent(buckets, began, ended, max_gap):
        words.append(f"no sample for more than {max_gap:g} s, while others went on, of {'; '.join(silent)}")
    if resets:
        words.append(f"counters began anew {resets} times, and what they had counted last is lost")
    return tuple(words)


def _silent(buckets: Iterable[Bucket], began: float, ended: float, max_gap: float) -> list[str]:
    """Series that were there and then were not: one of several pods that hangs answers no scrape, and counts nobody."""
    gaps = {
        each.series: _gap((at for at, _ in each.samples), max(began, min(each.samples[0][0], ended)), ended)
        for each in buckets
        if math.isinf(each.edge) and each.samples
    }
    return sorted(series for series, gap in gaps.items() if gap > max_gap)[:MOST_NAMED]


def _gap(times: Iterable[float], began: float, ended: float) -> float:
    """The longest time without any of these, its ends included."""
    inside = [began, *sorted(at for at in set(times) if began < at < ended), ended]
    return max(later - earlier for earlier, later in pairwise(inside))


def bucket_of(labels: Mapping[str, str], samples: Samples, *, error: bool) -> Bucket:
    """One series of a histogram's buckets. Raises ValueError where it has no edge (label ``le``)."""
    others = " ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "le")
    return Bucket(others, float(labels.get("le", "none")), error, samples)
