"""Latency of the API as its real users had it: by the platform's own counters, without any load of the suite's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from golive.clients.prometheus import SYSTEM
from golive.facts.latency_words import UNDECIDED, UNDER, confirm_decided, decided
from golive.facts.request_counts import Counted, counted
from golive.facts.request_watch import ITEM, NAME, buckets_of
from golive.load.window import Window
from golive.stats.quantile import Plan, QuantileResult, judge_all
from golive.target import Target
from golive.target.needed import required

MORE_USERS = "lengthen load.quiet_window, look at a busier hour, or see to what is scraped, and how often"


@dataclass(frozen=True)
class CountedCourse:
    """The window as the metrics' server saw it; ``clock_ahead`` is that of its clock against this host's."""

    source: str
    window_seconds: float
    clock_ahead: float
    longest_burst_seconds: float
    limit_ms: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class EndpointCounted:
    """One endpoint's requests by everybody.

    ``over`` took longer than the limit, which is an edge of the histogram, or were answered with an error. ``low`` and
    ``high`` bound the share, each wrong with a probability of 5 %.
    """

    endpoint: str
    verdict: str
    why: str
    requests: int
    over: int
    errors: int
    resets: int
    share: float | None
    low: float
    high: float
    max_share: float
    design_effect: float
    needed: int | None
    limit_ms: float
    lacking: tuple[str, ...]


class CountedLatency:
    """What the platform counted in the window."""

    def __init__(self, target: Target, window: Window) -> None:
        """Raises what kept the metrics from being asked for."""
        self._load = required(target.load, "load", ITEM)
        metrics = required(target.metrics, "metrics", ITEM)
        self._settings, self._max_gap = required(metrics.requests, "metrics.requests", ITEM), metrics.max_gap
        self._seen = window.of(NAME)

    @property
    def expected(self) -> set[str]:
        """Every endpoint that must be seen."""
        return set(self._settings.endpoints)

    @property
    def course(self) -> CountedCourse:
        """How the window was looked at."""
        seconds = self._seen["ended"] - self._seen["began"]
        warnings = tuple(sorted({word for words in self._seen["warnings"].values() for word in words}))
        return CountedCourse(
            "counters of all requests", round(seconds, 1), self._seen["ahead"], self._settings.longest_burst,
            1000 * self._load.limit, warnings,
        )  # fmt: skip

    @property
    def endpoints(self) -> tuple[EndpointCounted, ...]:
        """Every endpoint, with its verdict."""
        settings, seen = self._settings, self._seen
        found = {
            name: counted(
                buckets_of(series, settings), self._load.limit, seen["began"], seen["ended"], settings.block,
                self._max_gap,
            )
            for name, series in seen["endpoints"].items()
        }  # fmt: skip
        plan = Plan(settings.block, settings.longest_burst, self._load.max_share)
        judged = judge_all({name: each.blocks for name, each in found.items()}, plan, ended=True)
        return tuple(self._fact(name, found[name], judged[name]) for name in found)

    def confirm_decided(self, endpoints: Iterable[EndpointCounted]) -> None:
        """Raise TooLittleData where no endpoint is too slow and one is undecided."""
        confirm_decided(
            SYSTEM, {each.endpoint: (each.verdict, each.why, each.needed) for each in endpoints}, MORE_USERS
        )

    @staticmethod
    def too_slow(endpoints: Iterable[EndpointCounted]) -> dict[str, str]:
        """Every endpoint that is not under its limit, and what was counted."""
        return {
            each.endpoint: f"{each.verdict}: {each.why}; {each.over} of {each.requests} requests, {each.errors} errors"
            for each in endpoints
            if each.verdict != UNDER
        }

    def _fact(self, name: str, found: Counted, judged: QuantileResult) -> EndpointCounted:
        lacking = (*found.lacking, *(f"the server warns: {words}" for words in self._seen["warnings"].get(name, ())))
        verdict, why = decided(judged, lacking, ())
        why = "; ".join(lacking) if lacking and verdict == UNDECIDED else why
        return EndpointCounted(
            name, verdict, why, judged.n, judged.over, found.errors, found.resets,
            round(judged.share, 5) if judged.n else None, round(judged.low, 5), round(judged.high, 5),
            self._load.max_share, round(judged.design_effect, 2), judged.needed, 1000 * self._load.limit, lacking,
        )  # fmt: skip
