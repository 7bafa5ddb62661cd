"""The generator processes' counters put together: running figures while the load runs, the result at its end."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hdrh.histogram import HdrHistogram
from pydantic import TypeAdapter

from golive.load.arrivals import asked
from golive.load.health import Health
from golive.load.ledger import Ledger
from golive.load.plan import LATEST_SEND_S, LoadPlan
from golive.load.recorder import DIGITS, Second, Snapshot
from golive.load.result import Block, Ended, EndpointResult, LatencyHistogram, LoadResult, sum_of
from golive.load.result import Second as SecondResult


@dataclass(frozen=True)
class Progress:
    """Running figures, ``elapsed_s`` after the start. They are for the eye: no verdict may be read off them.

    ``asked``, ``sent`` and ``ended`` are of the whole load until now, ramp included; ``endpoints`` holds by name the
    counters of the window. The blocks behind them are in the result so far: ``LoadResult.read`` of the load's folder.
    """

    elapsed_s: float
    planned_s: float
    asked: int
    sent: int
    ended: int
    processes: int
    endpoints: Mapping[str, Block]

    @property
    def total(self) -> Block:
        """All endpoints together."""
        return sum_of(self.endpoints.values())

    def to_json(self) -> str:
        """On one line; ``from_json`` reads it back."""
        return _PROGRESS.dump_json(self).decode()

    @classmethod
    def from_json(cls, line: str | bytes) -> Progress:
        """Raises pydantic's ValidationError where the line is something else."""
        return _PROGRESS.validate_json(line)


_PROGRESS = TypeAdapter(Progress)


@dataclass
class Merge:
    """Takes each process's snapshots as they come; the last one of each holds everything but the seconds."""

    plan: LoadPlan
    problems: list[str] = field(default_factory=list)
    _last: dict[str, Snapshot] = field(default_factory=dict)
    _seconds: dict[tuple[str, int], list[Any]] = field(default_factory=dict)

    def take(self, process: str, snapshot: Snapshot) -> None:
        """Note what a process has counted; one with another plan counts for nothing and is a problem of its own.

        So is one too many: it has no part in the load, and takes users away from those that have.
        """
        if snapshot["plan"] != self.plan.digest:
            self._problem(f"generator process {process} runs another plan than the one that was asked for")
            return
        self._last[process] = snapshot
        if len(self._last) > self.plan.processes:
            self._problem(f"more generator processes joined than the {self.plan.processes} that were asked for")
        for row in snapshot["seconds"]:
            self._seconds[process, int(str(row[0]))] = row

    def finished(self) -> int:
        """How many processes have sent or dropped their part, and know the end of every send."""
        return sum(snapshot["finished"] for snapshot in self._last.values())

    def progress(self, elapsed_s: float) -> Progress:
        """The figures so far."""
        ledger = self._ledger()
        return Progress(
            elapsed_s=round(elapsed_s, 3),
            planned_s=self.plan.length_s,
            asked=min(round(asked(self.plan, elapsed_s)), self.plan.scheduled),
            sent=ledger.sent,
            ended=ledger.completed + ledger.timed_out + ledger.failed,
            processes=len(self._last),
            endpoints={one.name: self._total(number) for number, one in enumerate(self.plan.endpoints)},
        )

    def result(self, ended: Ended, started: str, locust_p95_ms: Sequence[float | None]) -> LoadResult:
        """Everything so far as a result; with locust's own 95th percentile of each endpoint, in the plan's order.

        Raises ValueError where these are not as many as the plan's endpoints.
        """
        endpoints = enumerate(zip(self.plan.endpoints, locust_p95_ms, strict=True))
        return LoadResult(
            plan=self.plan,
            started=started,
            ended=ended,
            endpoints=tuple(self._endpoint(number, one.name, p95_ms) for number, (one, p95_ms) in endpoints),
            series=tuple(self._series()),
            ledger=self._ledger(),
            health=self._health(),
            problems=tuple(self.problems),
        )

    def _problem(self, words: str) -> None:
        if words not in self.problems:
            self.problems.append(words)

    def _ledger(self) -> Ledger:
        seen = list(self._last.values())
        return Ledger(
            scheduled=self.plan.scheduled,
            dropped=sum(one["dropped"] for one in seen),
            sent=sum(one["sent"] for one in seen),
            completed=sum(one["completed"] for one in seen),
            timed_out=sum(one["timed_out"] for one in seen),
            failed=sum(one["failed"] for one in seen),
        )

    def _total(self, number: int) -> Block:
        return _block(block for one in self._last.values() for block in one["endpoints"][number]["blocks"])

    def _endpoint(self, number: int, name: str, locust_p95_ms: float | None) -> EndpointResult:
        parts = [snapshot["endpoints"][number] for snapshot in self._last.values()]
        blocks = tuple(_block([part["blocks"][place] for part in parts]) for place in range(self.plan.blocks))
        histogram = self._added((part["histogram"] for part in parts), self.plan.histogram_max_s)
        statuses: dict[str, int] = defaultdict(int)
        for part in parts:
            for status, count in part["statuses"].items():
                statuses[status] += count
        latencies = LatencyHistogram(
            encoded=histogram.encode().decode(),
            unanswered=sum(block.n for block in blocks) - histogram.get_total_count(),
            max_ms=max((part["max_us"] for part in parts), default=0) / 1000,
        )
        return EndpointResult(name, blocks, latencies, dict(sorted(statuses.items())), locust_p95_ms)

    def _health(self) -> Health:
        seen = list(self._last.values())
        lateness = self._added((one["lateness"] for one in seen), LATEST_SEND_S * 2)
        busiest = max((one["cpu"] for one in seen if one["cpu"]), key=lambda cpu: sum(cpu) / len(cpu), default=[0.0])
        return Health(
            processes_expected=self.plan.processes,
            processes_finished=self.finished(),
            sent=sum(one["sent"] for one in seen),
            late=sum(one["late"] for one in seen),
            blamed=sum(one["blamed"] for one in seen),
            lateness_p50_ms=lateness.get_value_at_percentile(50) / 1000,
            lateness_p99_ms=lateness.get_value_at_percentile(99) / 1000,
            lateness_max_ms=max((one["lateness_max_us"] for one in seen), default=0) / 1000,
            cpu_mean=round(sum(busiest) / len(busiest), 3),
            cpu_max=round(max(busiest), 3),
        )

    def _series(self) -> Iterable[SecondResult]:
        rows: dict[int, list[list[Any]]] = defaultdict(list)
        for (_, number), row in self._seconds.items():
            rows[number].append(row)
        for number in range(max(rows, default=-1) + 1):
            yield _second(self.plan, number, rows[number])

    @staticmethod
    def _added(encoded: Iterable[str], highest_s: float) -> Any:
        total = HdrHistogram(1, int(highest_s * 1e6), DIGITS)
        for one in encoded:
            total.decode_and_add(one)
        return total


def _block(counts: Iterable[list[int]]) -> Block:
    columns = list(zip(*counts, strict=True))
    return Block(*(sum(column) for column in columns)) if columns else Block(0, 0, 0, 0)


def _second(plan: LoadPlan, number: int, rows: list[list[Any]]) -> SecondResult:
    merged = Second()
    for _, sent, _, max_us, pairs in rows:
        merged.sent += sent
        merged.max_us = max(merged.max_us, max_us)
        for bucket, count in pairs:
            merged.buckets[bucket] = merged.buckets.get(bucket, 0) + count
    total = _block(row[2] for row in rows)
    return SecondResult(
        second=number,
        asked=round(asked(plan, number + 1) - asked(plan, number), 3),
        sent=merged.sent,
        total=total,
        p95_ms=_p95_ms(merged.buckets, total.n),
        max_ms=merged.max_us / 1000,
    )


def _p95_ms(buckets: dict[int, int], n: int) -> float | None:
    rank, seen = math.ceil(0.95 * n), 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= rank > 0:
            return bucket / 1000
    return None
