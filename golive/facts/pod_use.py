"""What one pod used within a span of time, from its samples alone; pure. Times are Unix, by the samples' own clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from golive.facts.resource_watch import PodSeries, Samples, Seen
from golive.stats.counters import increase


@dataclass(frozen=True)
class Span:
    """A stretch of time in which samples must not be further apart than ``max_gap`` seconds."""

    began: float
    ended: float
    max_gap: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ended - self.began

    def inside(self, samples: Samples) -> Samples:
        """Those taken within."""
        return tuple(each for each in samples if self.began < each[0] <= self.ended)

    def with_base(self, samples: Samples) -> Samples:
        """Those taken within, after the last one before."""
        return (*[each for each in samples if each[0] <= self.began][-1:], *self.inside(samples))

    def gap(self, times: Iterable[float]) -> float:
        """The longest time without any of these, its ends included."""
        inner = sorted(at for at in times if self.began <= at <= self.ended)
        return max(later - earlier for earlier, later in pairwise((self.began, *inner, self.ended)))


@dataclass(frozen=True)
class Rate:
    """How much a counter grew between two samples."""

    since: float
    until: float
    amount: float

    @property
    def per_second(self) -> float:
        """Of its own time."""
        return self.amount / (self.until - self.since)


@dataclass(frozen=True)
class Pod:
    """One pod of the window, and its life: the part of it in which it ran.

    ``scraped`` names figures that were sampled before the window, of whichever pod.
    """

    name: str
    window: Span
    life: Span
    series: Mapping[str, tuple[PodSeries, ...]]
    scraped: frozenset[str]

    def growth(self, figure: str) -> float:
        """How much a counter grew, over all of its series. A series that is new began at zero."""
        total = 0.0
        for each in self.series[figure]:
            values = [value for _, value in self.window.with_base(each.samples)]
            new = bool(values) and each.samples[0][0] > self.window.began and figure in self.scraped
            total += values[0] if new else 0.0
            total += increase(values).amount if len(values) > 1 else 0.0
        return total

    @property
    def memory(self) -> Samples:
        """Its samples in order of time; where two series overlap, the larger one."""
        merged: dict[float, float] = {}
        for each in self.series["memory"]:
            for at, value in self.window.inside(each.samples):
                merged[at] = max(value, merged.get(at, 0.0))
        return tuple(sorted(merged.items()))

    @property
    def cpu(self) -> tuple[Rate, ...]:
        """CPU seconds between each two samples."""
        found = []
        for each in self.series["cpu"]:
            for earlier, later in pairwise(self.window.with_base(each.samples)):
                found.append(Rate(earlier[0], later[0], increase((earlier[1], later[1])).amount))
        return tuple(sorted(found, key=lambda rate: rate.until))

    def limit(self, figure: str, otherwise: float | None) -> float | None:
        """Its highest limit within the window, or the other one where it has none."""
        values = [value for each in self.series[figure] for _, value in self.window.with_base(each.samples)]
        return max(values) if values else otherwise

    def unseen(self) -> tuple[str, ...]:
        """Figures that lack samples for too long, in words."""
        limited = bool(self.series["cpu_limit"])
        needed = ("cpu", "memory", "restarts", "oom_kills", *(("periods", "throttled") if limited else ()))
        return tuple(words for figure in needed if (words := self._unseen(figure)))

    def _unseen(self, figure: str) -> str:
        times = [at for each in self.series[figure] for at, _ in each.samples]
        if not any(self.life.began <= at <= self.life.ended for at in times):
            return f"{self.name} has no {figure}"
        gap = self.life.gap(times)
        return f"{self.name} has no {figure} for {gap:.1f} s" if gap > self.life.max_gap else ""


def busiest(rates: Sequence[Rate], stretch: float) -> float:
    """Cores over the busiest stretch of at least that many seconds; over all of it where it is shorter."""
    most, first, amount = 0.0, 0, 0.0
    for each in rates:
        amount += each.amount
        while first < len(rates) - 1 and each.until - rates[first + 1].since >= stretch:
            amount -= rates[first].amount
            first += 1
        seconds = each.until - rates[first].since
        if seconds >= min(stretch, rates[-1].until - rates[0].since):
            most = max(most, amount / seconds)
    return most


def pods_of(seen: Seen, service: str, max_gap: float) -> tuple[Pod, ...]:
    """Every pod of the service that ran within the window, by what the platform says runs."""
    figures, window = seen.services[service], Span(seen.began, seen.ended, max_gap)
    scraped = _scraped_before(seen)
    names = sorted({each.pod for each in figures["running"]})
    lives = {name: _life(figures["running"], name, window) for name in names}
    return tuple(
        Pod(name, window, life, _of_pod(figures, name), scraped) for name, life in lives.items() if life is not None
    )


def _of_pod(figures: Mapping[str, tuple[PodSeries, ...]], name: str) -> dict[str, tuple[PodSeries, ...]]:
    return {figure: tuple(each for each in series if each.pod == name) for figure, series in figures.items()}


def _life(running: Iterable[PodSeries], name: str, window: Span) -> Span | None:
    times = [at for each in running if each.pod == name for at, value in window.inside(each.samples) if value > 0]
    if not times:
        return None
    first, last = min(times), max(times)
    began = window.began if first - window.began <= window.max_gap else first
    ended = window.ended if window.ended - last <= window.max_gap else last
    return Span(began, ended, window.max_gap)


def _scraped_before(seen: Seen) -> frozenset[str]:
    """Figures of which any series was there before the window: one that is not there then is new."""
    return frozenset(
        figure
        for figures in seen.services.values()
        for figure, series in figures.items()
        if any(each.samples and each.samples[0][0] <= seen.began for each in series)
    )
