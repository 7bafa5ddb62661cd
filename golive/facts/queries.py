"""Time that the declared statements took within the window, and large tables that were read as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from golive.errors import TooLittleData
from golive.facts.clickhouse_queries import ClickHouseQueries, percentile_ms
from golive.facts.postgres_statements import PostgresStatements
from golive.load.window import Course, Json, Watcher, Window
from golive.target import Target
from golive.target.needed import required
from golive.target.queries import DeclaredStatement, Queries

ITEM = "performance.database_queries"
NAME = "queries"
SYSTEM = "queries"
P95 = 95.0


@dataclass(frozen=True)
class StatementTimes:
    """One declared statement: every call of the window, none left out by sampling, nor because it did not end.

    ``beyond`` says what was over its limit, ``lacking`` what could not be told. PostgreSQL keeps no percentiles. Of
    executions that failed PostgreSQL tells nothing; in ClickHouse they are slower than every other one.
    """

    statement: str
    store: str
    calls: int
    failed: int | None
    under_way: int
    """Calls that had not ended with the window and were beyond a limit: they count by what they had taken till then."""
    mean_ms: float | None
    p95_ms: float | str | None
    limit_mean_ms: float | None
    limit_p95_ms: float | None
    scanned: tuple[str, ...]
    """Tables that its plan reads as a whole, large or not."""
    beyond: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class LargeTable:
    """A table of PostgreSQL that the target calls large. ``scans`` are sequential ones by anybody in the window.

    ``lacking`` says why these may not be all of them, where it matters how many there were; empty otherwise.
    """

    table: str
    rows: int
    mib: float
    scans: int
    max_scans: int | None
    beyond: tuple[str, ...]
    lacking: str


@dataclass(frozen=True)
class StatementStore:
    """A store as it was looked at: seconds between its two reads, by its own clock.

    ``evictions`` are of any statement, from pg_stat_statements; None for ClickHouse.
    """

    store: str
    seconds: float
    evictions: int | None


class _Store(Protocol):
    def confirm_readable(self) -> None: ...
    def begin(self) -> None: ...
    def end(self) -> None: ...


class QueryWatch(Watcher):
    """Reads each store's counters when the window begins and when it ends."""

    name = NAME

    def __init__(self, target: Target, settings: Queries) -> None:
        self._postgres = PostgresStatements(target, settings)
        self._clickhouse = ClickHouseQueries(target, settings) if settings.of("clickhouse") else None
        self._stores: tuple[_Store, ...] = (self._postgres, *([self._clickhouse] if self._clickhouse else ()))
        self._course: Course | None = None

    def before(self, course: Course) -> None:
        """Raise now where a store could not be read later."""
        self._course = course
        for store in self._stores:
            store.confirm_readable()

    def during(self, course: Course) -> None:
        """Read twice."""
        for store in self._stores:
            store.begin()
        course.wait_for_end()
        course.raise_if_stopped()
        for store in self._stores:
            store.end()

    def after(self) -> Json:
        """What grew in between, and how PostgreSQL plans it."""
        seen = {"postgres": self._postgres.found()}
        if self._clickhouse and self._course:
            seen["clickhouse"] = self._clickhouse.found(self._course.raise_if_stopped)
        return seen


class DatabaseQueries:
    """What the stores say of the window."""

    def __init__(self, target: Target, window: Window) -> None:
        """Raises what kept the stores from being read."""
        self._settings = required(target.queries, "queries", ITEM)
        self._seen = window.of(NAME)

    @property
    def stores(self) -> tuple[StatementStore, ...]:
        """How each was looked at."""
        return tuple(
            StatementStore(store, round(found["seconds"], 1), found.get("evictions"))
            for store, found in self._seen.items()
        )

    @property
    def statements(self) -> tuple[StatementTimes, ...]:
        """Every declared statement."""
        large = {each.table for each in self.large_tables}
        return tuple(
            of_clickhouse(name, each, self._found(name, each))
            if each.store == "clickhouse"
            else of_postgres(name, each, self._found(name, each), large)
            for name, each in self._settings.statements.items()
        )

    @property
    def large_tables(self) -> tuple[LargeTable, ...]:
        """Every table that is large by its rows or by its size."""
        settings, tables = self._settings, self._seen["postgres"]["tables"]
        large = (each for each in tables if each["rows"] >= settings.large_rows or each["mib"] >= settings.large_mib)
        return tuple(self._table(each) for each in sorted(large, key=lambda each: str(each["name"])))

    def confirm_seen(self, statements: Iterable[StatementTimes], tables: Iterable[LargeTable]) -> None:
        """Raise TooLittleData, naming each, where nothing is beyond a limit and something could not be told."""
        statements, tables = tuple(statements), tuple(tables)
        lacking = {each.statement: ", ".join(each.lacking) for each in statements if each.lacking}
        small = self._settings.large_tables - {each.table for each in tables}
        lacking |= dict.fromkeys(sorted(small), "is not large here, so nothing is known of scans of it")
        lacking |= {each.table: each.lacking for each in tables if each.lacking}
        beyond = [*(each.beyond for each in statements), *(each.beyond for each in tables)]
        if not lacking or any(beyond):
            return
        words = "; ".join(f"{name}: {what}" for name, what in lacking.items())
        raise TooLittleData(SYSTEM, words, hint="does its pattern match the text in the store, and is it used at all?")

    def _found(self, name: str, declared: DeclaredStatement) -> Json:
        found: Json = self._seen[declared.store]["statements"][name]
        return found

    def _table(self, seen: Json) -> LargeTable:
        allowed, scans = self._settings.max_scans, seen["scans"]
        words = f"read as a whole {scans} times in the window, {allowed} allowed"
        over = allowed is not None and scans > allowed
        beyond, lacking = (words,) if over else (), "" if allowed is None else seen["lost"]
        return LargeTable(seen["name"], seen["rows"], round(seen["mib"], 1), scans, allowed, beyond, lacking)


def of_postgres(name: str, declared: DeclaredStatement, found: Json, large: set[str]) -> StatementTimes:
    """The statement's mean by the growth of its counters, and the large tables that its plan reads as a whole."""
    running = _running(declared, found)
    calls = found["calls"] + len(running)
    mean = (found["ms"] + sum(running)) / calls if calls else None
    scanned = tuple(found["scanned"])
    beyond = (
        *_over("mean", mean, declared.mean, calls, len(running)),
        *(f"its plan reads {table} as a whole, which is large" for table in scanned if table in large),
    )
    unplanned = tuple(f"cannot be planned: {words}" for words in found["unplanned"])
    lacking = (*_too_few(calls, declared), *unplanned) if not found["lost"] else (found["lost"],)
    return StatementTimes(
        name,
        declared.store,
        calls,
        None,
        len(running),
        _rounded(mean),
        None,
        _ms(declared.mean),
        None,
        scanned,
        beyond,
        lacking,
    )


def of_clickhouse(name: str, declared: DeclaredStatement, found: Json) -> StatementTimes:
    """The statement's mean and p95 by its executions in the log."""
    spread, failed = Counter({int(ms): int(times) for ms, times in found["spread"]}), found["failed"]
    running = _running(declared, found)
    spread.update(map(int, running))
    good = sum(spread.values())
    mean = sum(ms * times for ms, times in spread.items()) / good if good else None
    p95 = percentile_ms(spread, failed, P95) if good + failed else None
    calls = good + failed
    told = "failed" if p95 == float("inf") else p95
    beyond = (
        *_over("mean", mean, declared.mean, calls, len(running)),
        # Whatever the limit is of: a mean of those that ended well says nothing where too many did not.
        *((_failed(failed, calls),) if told == "failed" else _over("p95", p95, declared.p95, calls, len(running))),
    )
    return StatementTimes(
        name, declared.store, calls, failed, len(running), _rounded(mean), told,
        _ms(declared.mean), _ms(declared.p95), (), beyond, _too_few(calls, declared),
    )  # fmt: skip


def _over(figure: str, ms: float | None, limit: float | None, calls: int, running: int) -> tuple[str, ...]:
    if ms is None or limit is None or ms < 1000 * limit:
        return ()
    still = f", {running} of which had not ended" if running else ""
    return (f"{figure} {ms:.1f} ms over {calls} calls{still}, below {1000 * limit:g} ms expected",)


def _running(declared: DeclaredStatement, found: Json) -> list[float]:
    """Milliseconds of calls that had not ended with the window and were beyond a limit already."""
    least = 1000 * min(limit for limit in (declared.mean, declared.p95) if limit is not None)
    return [ms for ms in found["running"] if ms >= least]


def _failed(failed: int, calls: int) -> str:
    return f"{failed} of {calls} calls failed, {1 - P95 / 100:.0%} allowed"


def _too_few(calls: int, declared: DeclaredStatement) -> tuple[str, ...]:
    few = calls < declared.min_calls
    return (f"ran {calls} times in the window, {declared.min_calls} needed",) if few else ()


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 3)
