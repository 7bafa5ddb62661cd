"""The API under load at a fixed arrival rate: what share of each endpoint's requests took the limit or longer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from golive.facts.api_load import ITEM, NAME, SYSTEM
from golive.facts.gateway import SYSTEM as GATEWAY
from golive.facts.latency_words import BETTER_LOAD, MORE_LOAD, OVER, UNDER, confirm_decided, decided
from golive.facts.load_guard import NAME as GUARDS
from golive.facts.load_looks import plan_of_decision
from golive.load.result import EndpointResult, LoadResult
from golive.load.window import Window
from golive.stats.quantile import Block, QuantileResult, judge_all
from golive.stats.verdict import Verdict
from golive.target import Target
from golive.target.needed import required

_POINTS = 80
"""Of a distribution, for its picture."""


@dataclass(frozen=True)
class EndpointLatency:
    """One endpoint within the window; latencies count from the scheduled arrival of each request.

    ``verdict`` is ``under the limit``, ``over the limit`` or ``undecided``, and ``why``. ``over`` counts errors and
    timeouts too. ``low`` and ``high`` bound the share, each wrong with a probability of 5 %. ``needed``: about how many
    more requests a decision takes; None where none do.
    """

    endpoint: str
    verdict: str
    why: str
    requests: int
    over: int
    errors: int
    timeouts: int
    statuses: Mapping[str, int]
    share: float
    low: float
    high: float
    max_share: float
    design_effect: float
    needed: int | None
    limit_ms: float
    p50_ms: float | str
    p95_ms: float | str
    p99_ms: float | str
    max_ms: float
    ecdf_ms: tuple[float, ...]
    ecdf_share: tuple[float, ...]


@dataclass(frozen=True)
class LoadCourse:
    """The load second by second, and what speaks against a verdict either way."""

    rate: float
    window_seconds: float
    scheduled: int
    dropped: int
    completed: int
    timed_out: int
    failed: int
    late_sends: int
    generator_cpu: float
    generator_p95_ms: float | None
    """Of the same rate against a server that answers at once."""
    against_pass: tuple[str, ...]
    against_fail: tuple[str, ...]
    longest_burst_seconds: float
    limit_ms: float
    seconds: tuple[int, ...]
    asked: tuple[float, ...]
    sent: tuple[int, ...]
    errors: tuple[int, ...]
    p95_ms: tuple[float | None, ...]
    max_ms: tuple[float, ...]
    guards: dict[str, float | None]
    """The highest figure of each guard on real users; None where it was never seen."""
    service: str
    version: str
    """Of what answered before the load began."""


class ApiLatency:
    """What the window's load found."""

    def __init__(self, target: Target, window: Window) -> None:
        """Raises what kept the load from being made."""
        self._settings = required(target.load, "load", ITEM)
        self._result = LoadResult.from_json(window.of(NAME)["result"])
        self._certain: dict[str, str] = window.of(NAME).get("certain", {})
        self._version: str = window.of(NAME).get("version", "")
        self._guards = window.of(GUARDS)["highest"] if GUARDS in window.seen else {}

    @property
    def expected(self) -> set[str]:
        """Every endpoint that must be seen."""
        return set(self._settings.endpoints)

    @property
    def course(self) -> LoadCourse:
        """The load, second by second."""
        result, ledger, health, series = self._result, self._result.ledger, self._result.health, self._result.series
        own = result.calibration
        return LoadCourse(
            self._settings.rate, self._settings.window,
            ledger.scheduled, ledger.dropped, ledger.completed, ledger.timed_out, ledger.failed,
            health.late, round(health.cpu_mean, 3), None if own is None else round(own.p95_ms, 2),
            result.against_pass(), result.against_fail(),
            self._settings.longest_burst, result.plan.limit_ms,
            tuple(each.second for each in series), tuple(round(each.asked, 2) for each in series),
            tuple(each.sent for each in series), tuple(each.total.errors for each in series),
            tuple(each.p95_ms for each in series), tuple(round(each.max_ms, 2) for each in series), self._guards,
            GATEWAY, self._version,
        )  # fmt: skip

    @property
    def endpoints(self) -> tuple[EndpointLatency, ...]:
        """Every endpoint, with its verdict."""
        result, plan = self._result, plan_of_decision(self._settings)
        seen = {each.name: [Block(b.n, b.over) for b in each.blocks] for each in result.endpoints}
        sure = {each.name: [Block(b.n, result.surely_over(b)) for b in each.blocks] for each in result.endpoints}
        judged, surely = judge_all(seen, plan, ended=True), judge_all(sure, plan, ended=True)
        return tuple(self._fact(each, _either(judged[each.name], surely[each.name])) for each in result.endpoints)

    def confirm_decided(self, endpoints: Iterable[EndpointLatency]) -> None:
        """Raise TooLittleData where no endpoint is too slow and one is undecided."""
        objected = self._result.against_pass() or self._result.against_fail()
        facts = {each.endpoint: (each.verdict, each.why, each.needed) for each in endpoints}
        confirm_decided(SYSTEM, facts, BETTER_LOAD if objected else MORE_LOAD)

    @staticmethod
    def too_slow(endpoints: Iterable[EndpointLatency]) -> dict[str, str]:
        """Every endpoint that is not under its limit, and what was seen."""
        return {
            each.endpoint: f"{each.verdict}: {each.why}; p95 {each.p95_ms}; "
            f"{each.errors} errors, {each.timeouts} timeouts; ended with {_counted(each.statuses)}"
            for each in endpoints
            if each.verdict != UNDER
        }

    def _fact(self, found: EndpointResult, judged: QuantileResult) -> EndpointLatency:
        verdict, why = decided(judged, self._result.against_pass(), self._result.against_fail())
        if found.name in self._certain and verdict != OVER and not self._result.against_fail():
            verdict, why = OVER, self._certain[found.name]
        total, latencies = found.total, found.latencies
        points = latencies.ecdf(_POINTS)
        return EndpointLatency(
            found.name, verdict, why,
            total.n, total.over, total.errors, total.timeouts, dict(found.statuses),
            _rounded(judged.share), round(judged.low, 5), round(judged.high, 5), self._settings.max_share,
            round(judged.design_effect, 2), judged.needed, self._result.plan.limit_ms,
            _in_words(latencies.percentile_ms(50)), _in_words(latencies.percentile_ms(95)),
            _in_words(latencies.percentile_ms(99)), round(latencies.max_ms, 2),
            tuple(round(ms, 3) for ms, _ in points), tuple(round(share, 5) for _, share in points),
        )  # fmt: skip


def _counted(statuses: Mapping[str, int]) -> str:
    """Such as ``404 (212 times)``, the most frequent first."""
    often = sorted(statuses.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{status} ({count:,} times)" for status, count in often) or "nothing"


def _either(seen: QuantileResult, sure: QuantileResult) -> QuantileResult:
    """What was seen; a FAIL only by what is over the limit even if the generator's own lateness is taken off."""
    if seen.verdict is not Verdict.FAIL or sure.verdict is Verdict.FAIL:
        return seen
    why = f"{seen.why}, of which {sure.share:.2%} surely by the server"
    return replace(seen, verdict=Verdict.UNKNOWN, why=why)


def _in_words(ms: float) -> float | str:
    """JSON has no infinity: that many had no good answer."""
    return round(ms, 2) if math.isfinite(ms) else "no answer"


def _rounded(share: float) -> float:
    return round(share, 5) if math.isfinite(share) else 0.0
