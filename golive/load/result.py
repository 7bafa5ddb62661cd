"""What a load found: counters of each block, latencies, the series over time, the ledger and the generator's health."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram
from pydantic import TypeAdapter

from golive.load.files import RESULT_FILE
from golive.load.health import Calibration, Health
from golive.load.ledger import Ledger
from golive.load.plan import LoadPlan


class Ended(StrEnum):
    """How far the load had come when this was written."""

    RUNNING = "running"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    WORKERS_LOST = "workers lost"
    OVERDUE = "overdue"
    """The last possible moment passed and not every request was accounted for."""


@dataclass(frozen=True)
class Block:
    """Requests that were due in one block of the window; errors and timeouts are among those over the limit."""

    n: int
    over: int
    errors: int
    timeouts: int


@dataclass(frozen=True)
class LatencyHistogram:
    """Good answers' latencies from their scheduled arrival; ``unanswered`` requests count as slower than all of them.

    ``encoded`` is HdrHistogram's exchange format in microseconds (1 us to the plan's range, three digits).
    ``unanswered``: errors, timeouts, and answers beyond that range. ``max_ms`` is exact, and of good answers only.
    """

    encoded: str
    unanswered: int
    max_ms: float

    @cached_property
    def _histogram(self) -> Any:
        return HdrHistogram.decode(self.encoded)

    @property
    def answered(self) -> int:
        """How many lie within the histogram's range."""
        count: int = self._histogram.get_total_count()
        return count

    @property
    def n(self) -> int:
        """How many requests there were."""
        return self.answered + self.unanswered

    def percentile_ms(self, percent: float) -> float:
        """The least latency that ``percent`` of all requests did not exceed; infinite where no good answer came."""
        rank = math.ceil(percent / 100 * self.n)
        if not self.n or rank > self.answered:
            return math.inf
        value: float = self._histogram.get_value_at_percentile(100 * rank / self.answered)
        return value / 1000

    def ecdf(self, points: int = 200) -> tuple[tuple[float, float], ...]:
        """At most so many points (ms, share of all requests that were at most as slow), rising in both."""
        steps, seen = [], 0
        for item in self._histogram.get_recorded_iterator():
            seen += item.count_at_value_iterated_to
            steps.append((item.value_iterated_to / 1000, seen / self.n))
        if len(steps) <= points:
            return tuple(steps)
        last = len(steps) - 1
        return tuple(steps[round(place * last / (points - 1))] for place in range(points))


@dataclass(frozen=True)
class EndpointResult:
    """One endpoint within the window; ``statuses`` counts answers by status, other ends by their name."""

    name: str
    blocks: tuple[Block, ...]
    latencies: LatencyHistogram
    statuses: Mapping[str, int]
    locust_p95_ms: float | None = None
    """Locust's own figure: rounded to two digits, counted from the send. Shown beside ours, used for nothing."""

    @property
    def total(self) -> Block:
        """All blocks together."""
        return sum_of(self.blocks)


@dataclass(frozen=True)
class Second:
    """One second since the start: arrivals asked for, sends that happened, and what became of the arrivals due in it.

    ``p95_ms`` is None where a twentieth or more had no good answer, or nothing was due; ``max_ms`` is of good answers.
    """

    second: int
    asked: float
    sent: int
    total: Block
    p95_ms: float | None
    max_ms: float


@dataclass(frozen=True)
class LoadResult:
    """A load and its end. Only a ``complete`` one, with nothing said against it, can carry a verdict."""

    plan: LoadPlan
    started: str
    """UTC, ISO 8601; empty where no request was due yet."""
    ended: Ended
    endpoints: tuple[EndpointResult, ...]
    series: tuple[Second, ...]
    ledger: Ledger
    health: Health
    problems: tuple[str, ...] = ()
    """What was wrong with the measurement itself, such as a worker with another plan."""
    calibration: Calibration | None = None

    @property
    def total(self) -> Block:
        """All endpoints and blocks together."""
        return sum_of(endpoint.total for endpoint in self.endpoints)

    def against_pass(self) -> tuple[str, ...]:
        """Why no PASS may come of this, each as a sentence; empty where it may."""
        ended = () if self.ended is Ended.COMPLETE else (f"the load ended {self.ended.value}",)
        return (*ended, *self.problems, *self.ledger.against_pass(), *self.health.against_pass())

    def against_fail(self) -> tuple[str, ...]:
        """Why slowness may not be called the server's, each as a sentence; empty where it may."""
        noise = self.calibration.against_fail(self.plan.limit_ms) if self.calibration else ()
        return (*self.problems, *self.health.against_fail(), *noise)

    def surely_over(self, block: Block) -> int:
        """How many of those requests are over the limit even if as many answers were noticed late as sends were late.

        A FAIL is decided on this number, a PASS on ``block.over``.
        """
        return max(block.over - math.ceil(self.health.late_share * block.n), block.errors + block.timeouts)

    def to_json(self) -> str:
        """The whole result as JSON; ``from_json`` reads it back."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> LoadResult:
        """Raises pydantic's ValidationError where the text is no result."""
        return _ADAPTER.validate_json(text)

    @classmethod
    def read(cls, folder: Path) -> LoadResult | None:
        """The result in a load's folder, also of a load that was broken off; None where there is none yet."""
        path = folder / RESULT_FILE
        return cls.from_json(path.read_text(encoding="utf-8")) if path.exists() else None


def sum_of(blocks: Iterable[Block]) -> Block:
    """Their counters added up."""
    found = tuple(blocks)
    return Block(
        sum(block.n for block in found),
        sum(block.over for block in found),
        sum(block.errors for block in found),
        sum(block.timeouts for block in found),
    )


_ADAPTER = TypeAdapter(LoadResult)
