"""Executions of the declared statements in ClickHouse within a window, from its own log of queries.

The log is written some seconds late. A query that the suite itself sends at the window's end, known by a comment, says
when all that came before it is there; one that never arrives says that the log is off, or late.
"""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from golive.clients.clickhouse import SYSTEM, ClickHouseClient
from golive.errors import TooLittleData
from golive.load.window import Json
from golive.target import Target
from golive.target.queries import Queries

LOOK_SECONDS = 0.5
_NOW = "SELECT toUnixTimestamp64Micro(now64(6)) AS at /* golive {mark} */"
# Each text's durations as a list of different milliseconds, and how often each.
_READ = """
SELECT any(query) AS text, countIf(type != 'QueryFinish') AS failed,
  sumMapIf([toUInt64(query_duration_ms)], [toUInt64(1)], type = 'QueryFinish') AS spread
FROM {table}
WHERE type != 'QueryStart' AND is_initial_query
  AND event_date BETWEEN toDate(fromUnixTimestamp64Micro({{began:Int64}})) - 1 AND today() + 1
  AND event_time_microseconds > fromUnixTimestamp64Micro({{began:Int64}})
  AND event_time_microseconds <= fromUnixTimestamp64Micro({{ended:Int64}})
GROUP BY normalized_query_hash
"""
# Begun in the window and not ended with it: only their begin is in the log by then.
_RUNNING = """
SELECT query AS text, ({{ended:Int64}} - toUnixTimestamp64Micro(query_start_time_microseconds)) / 1000 AS ms
FROM {table}
WHERE type = 'QueryStart' AND is_initial_query AND event_date BETWEEN
    toDate(fromUnixTimestamp64Micro({{began:Int64}})) - 1 AND today() + 1
  AND event_time_microseconds > fromUnixTimestamp64Micro({{began:Int64}})
  AND event_time_microseconds <= fromUnixTimestamp64Micro({{ended:Int64}})
  AND query_id NOT IN (
    SELECT query_id FROM {table}
    WHERE type != 'QueryStart' AND event_date BETWEEN
        toDate(fromUnixTimestamp64Micro({{began:Int64}})) - 1 AND today() + 1
      AND event_time_microseconds > fromUnixTimestamp64Micro({{began:Int64}})
      AND event_time_microseconds <= fromUnixTimestamp64Micro({{ended:Int64}}))
"""
_ARRIVED = """
SELECT count() AS arrived FROM {table}
WHERE type = 'QueryFinish' AND event_date >= today() - 1 AND query LIKE concat('%golive ', {{mark:String}}, '%')
  AND query NOT LIKE '%query_log%'
"""


class ClickHouseQueries:
    """The declared statements of ClickHouse over one window."""

    def __init__(self, target: Target, settings: Queries) -> None:
        self._log, self._declared = settings.clickhouse, settings.of("clickhouse")
        login = {"user": self._log.user, "password": self._log.password} if self._log.user else {}
        reader = target.model_copy(update={"clickhouse": target.clickhouse.model_copy(update=login)})
        self._client = ClickHouseClient(reader)
        self._began = self._ended = 0
        self._mark = ""

    def confirm_readable(self) -> None:
        """Raise now where the log could not be read later."""
        self._arrived()

    def begin(self) -> None:
        """Note the server's time at the window's begin."""
        self._began = self._now()

    def end(self) -> None:
        """Note it at its end, by a query that will be looked for."""
        self._mark = uuid.uuid4().hex
        self._ended = self._now()

    def found(self, raise_if_stopped: Callable[[], None]) -> Json:
        """Each statement's executions, as JSON holds them; no statement's text. Raises TooLittleData without a log."""
        deadline = time.monotonic() + self._log.arrival
        while not self._arrived():
            raise_if_stopped()
            if time.monotonic() > deadline:
                words = (
                    f"{self._log.table} at {self._client.place} lacks a query that was sent {self._log.arrival:g} s ago"
                )
                raise TooLittleData(SYSTEM, words, hint="log_queries, query_log's flush interval and sampling")
            time.sleep(LOOK_SECONDS)
        times = {"began": str(self._began), "ended": str(self._ended)}
        rows, _ = self._client.query(_READ.format(table=self._log.table), times)
        running, _ = self._client.query(_RUNNING.format(table=self._log.table), times)
        return {
            "seconds": (self._ended - self._began) / 1e6,
            "statements": {
                name: _executions(rows, each.pattern)
                | {"running": [float(row["ms"]) for row in running if re.search(each.pattern, row["text"])]}
                for name, each in self._declared.items()
            },
        }

    def _now(self) -> int:
        rows, _ = self._client.query(_NOW.format(mark=self._mark or "begin"))
        return int(rows[0]["at"])

    def _arrived(self) -> bool:
        rows, _ = self._client.query(_ARRIVED.format(table=self._log.table), {"mark": self._mark})
        return int(rows[0]["arrived"]) > 0


def _executions(rows: list[dict[str, Any]], pattern: str) -> Json:
    """Failed ones, and how many of the others took how many whole milliseconds."""
    failed, spread = 0, Counter[int]()
    for row in rows:
        if re.search(pattern, row["text"]):
            failed += int(row["failed"])
            spread.update({int(ms): int(times) for ms, times in zip(*row["spread"], strict=True)})
    return {"failed": failed, "spread": sorted(spread.items())}


def percentile_ms(spread: Mapping[int, int], failed: int, percent: float) -> float:
    """Nearest rank of all executions; infinite where that is one that failed, nan without any."""
    n = sum(spread.values()) + failed
    rank = max(1, -(-n * percent // 100))
    seen = 0
    for ms in sorted(spread):
        seen += spread[ms]
        if seen >= rank:
            return float(ms)
    return float("inf") if n else float("nan")
