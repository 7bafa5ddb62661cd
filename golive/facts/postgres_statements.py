"""PostgreSQL's own counters of statements and tables, read at a window's begin and end, and how it plans statements.

The statistics are read as a role that may read them and nothing else; statements are planned, never executed, as the
application's role, since a plan needs the rights that its execution does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from golive.clients.postgres import SYSTEM, Exhausted, PostgresClient
from golive.errors import CredentialsRefused, ProtocolBroken, TooLittleData
from golive.load.window import Json
from golive.stats.counters import differences
from golive.target import Target
from golive.target.queries import DeclaredStatement, Queries

HIDDEN = "<insufficient privilege>"
TABLES_RESET = "the statistics of this database's tables were reset within the window, scans may be missing"
RESET = "pg_stat_statements was reset within the window"
GONE = "its entry in pg_stat_statements was reset or evicted within the window"
EVICTED = "entries were evicted from pg_stat_statements within the window, this statement's own perhaps"
MOST_PLANS = 10
"""Of texts that match one declared statement."""
# Whole rows as JSON: what a version of the server lacks is then absent, and no error.
_READ = f"""
SELECT extract(epoch FROM clock_timestamp())::float8 AS at,
  (SELECT to_jsonb(i) FROM pg_stat_statements_info i) AS info,
  (SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]') FROM (
     SELECT userid, queryid, toplevel, query, calls, total_exec_time, to_jsonb(p) ->> 'stats_since' AS since
     FROM pg_stat_statements p
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (queryid IS NOT NULL OR query = '{HIDDEN}')) s) AS statements,
  (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM (
     SELECT u.schemaname || '.' || u.relname AS name, u.seq_scan AS scans,
            greatest(c.reltuples, u.n_live_tup)::bigint AS rows, pg_table_size(c.oid) AS bytes
     FROM pg_stat_user_tables u JOIN pg_class c ON c.oid = u.relid) t) AS tables,
  (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()) AS tables_reset,
  (SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM (
     SELECT usesysid AS userid, query_id AS queryid, query,
            1000 * extract(epoch FROM clock_timestamp() - query_start) AS ms
     FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend'
       AND pid <> pg_backend_pid()) r) AS running
"""  # noqa: S608 - a constant of this module
_PLANNED = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*\(*\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b", re.I | re.S
)
"""Every other statement has no plan."""
_ASKED = re.compile(r"\s*EXPLAIN\b", re.IGNORECASE)
"""The server counts these too: the suite's own questions for plans are none of the platform's statements."""


Counters = Mapping[str, float]


@dataclass(frozen=True)
class Entry:
    """One entry's life. ``since`` is when it began, from PostgreSQL 17 on; None where the server does not tell."""

    id: str
    since: str | None


@dataclass(frozen=True)
class Read:
    """One look. ``at`` is Unix time by the server's clock; entries are by declared statement."""

    at: float
    reset: str
    evictions: int
    entries: Mapping[str, Mapping[Entry, Counters]]
    texts: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Mapping[str, Any]]
    tables_reset: str
    running: Mapping[str, tuple[float, ...]]
    """Milliseconds since each call began that has not ended yet: no counter knows of it."""


class PostgresStatements:
    """The declared statements of PostgreSQL over one window."""

    def __init__(self, target: Target, settings: Queries) -> None:
        self._settings, self._declared = settings, settings.of("postgres")
        own = settings.postgres
        login = {"role": own.role, "password": own.password} if own else {}
        reader = target.model_copy(update={"postgres": target.postgres.model_copy(update=login)})
        self._statistics, self._planner = PostgresClient(reader), PostgresClient(target)
        self._began: Read | None = None
        self._ended: Read | None = None

    def confirm_readable(self) -> None:
        """Raise now where the statistics could not be read later."""
        self._read()

    def begin(self) -> None:
        """Read at the window's begin."""
        self._began = self._read()

    def end(self) -> None:
        """Read at its end."""
        self._ended = self._read()

    def found(self) -> Json:
        """Each statement's calls, time and plans, and the large tables, as JSON holds them; no statement's text."""
        before, after = self._began, self._ended
        if before is None or after is None:
            raise TooLittleData(SYSTEM, "the window ended before its statistics were read twice")
        statements = {name: self._statement(name, each, before, after) for name, each in self._declared.items()}
        return {
            "seconds": after.at - before.at,
            "evictions": after.evictions - before.evictions,
            "statements": statements,
            "tables": [self._table(name, table, before, after) for name, table in after.tables.items()],
        }

    def _statement(self, name: str, declared: DeclaredStatement, before: Read, after: Read) -> Json:
        evictions = after.evictions - before.evictions
        told = grown(before.entries[name], after.entries[name], before.reset, after.reset, evictions)
        texts = (declared.sample,) if declared.sample else tuple(filter(_PLANNED.match, after.texts[name]))
        plans = [self._plan(text, generic=not declared.sample) for text in texts[:MOST_PLANS]]
        scanned = sorted({table for plan in plans for table in plan.get("scanned", ())})
        unplanned = [plan["error"] for plan in plans if "error" in plan]
        return told | {"running": after.running[name], "scanned": scanned, "unplanned": unplanned}

    def _plan(self, text: str, *, generic: bool) -> Json:
        options = "GENERIC_PLAN, " if generic else ""
        try:
            rows, _ = self._planner.query(f"EXPLAIN ({options}VERBOSE, FORMAT JSON) {text}")
        except (ProtocolBroken, CredentialsRefused, Exhausted) as error:
            return {"error": str(error)}
        return {"scanned": sorted(set(scanned(rows[0]["QUERY PLAN"])))}

    def _table(self, name: str, table: Mapping[str, Any], before: Read, after: Read) -> Json:
        lost = "" if before.tables_reset == after.tables_reset else TABLES_RESET
        scans = table["scans"] - (0 if lost else before.tables.get(name, {"scans": 0})["scans"])
        return {"name": name, "rows": table["rows"], "mib": table["bytes"] / 2**20, "scans": scans, "lost": lost}

    def _read(self) -> Read:
        try:
            rows, _ = self._statistics.query(_READ)
        except Exhausted as full:
            raise ProtocolBroken(SYSTEM, f"no connection is left to read the statistics: {full}") from full
        (row,) = rows
        statements = row["statements"]
        if any(each["query"] == HIDDEN for each in statements):
            role = self._statistics.settings.role
            words = f"role {role} may not see the statements of other roles"
            raise CredentialsRefused(SYSTEM, words, hint=f"GRANT pg_read_all_stats TO {role}")
        found = {name: _matching(statements, each) for name, each in self._declared.items()}
        return Read(
            row["at"], str(row["info"]["stats_reset"]), row["info"]["dealloc"],
            {name: {_entry(each): _counters(each) for each in some} for name, some in found.items()},
            {name: tuple(sorted({each["query"] for each in some})) for name, some in found.items()},
            {each["name"]: each for each in row["tables"]},
            str(row["tables_reset"]),
            {name: running(row["running"], some, self._declared[name]) for name, some in found.items()},
        )  # fmt: skip


def grown(
    before: Mapping[Entry, Counters], after: Mapping[Entry, Counters], reset: str, reset_again: str, evictions: int
) -> Json:
    """Calls and milliseconds of all entries of a statement; ``lost`` says why these are not all, or is empty.

    ``evictions`` within the window are of any statement: an entry that was evicted and came again cannot be told from
    one that went on where the server does not say since when it counts.
    """
    told = differences(before, after, epoch_before=reset, epoch_after=reset_again)
    unsure = not after or bool(after.keys() - before.keys()) or any(entry.since is None for entry in after)
    lost = RESET if told.all_reset else GONE if not told.complete else EVICTED if evictions and unsure else ""
    calls, ms = (sum(row[column] for row in told.grown.values()) for column in ("calls", "ms"))
    return {"calls": 0 if lost else int(calls), "ms": 0.0 if lost else float(ms), "lost": lost}


def running(
    active: list[dict[str, Any]], entries: list[dict[str, Any]], declared: DeclaredStatement
) -> tuple[float, ...]:
    """Milliseconds of the declared statement's calls among those that are active, told by its entries or its text."""
    known = {(each["userid"], each["queryid"]) for each in entries}
    own = _matching([each for each in active if each["query"]], declared)
    return tuple(each["ms"] for each in active if each in own or (each["userid"], each["queryid"]) in known)


def scanned(plan: Any) -> Iterator[str]:
    """Tables, as ``schema.table``, that a plan reads as a whole, one after the other or in parallel."""
    if isinstance(plan, list):
        for each in plan:
            yield from scanned(each)
    elif isinstance(plan, dict):
        if plan.get("Node Type") == "Seq Scan":
            yield f"{plan.get('Schema', '')}.{plan['Relation Name']}"
        for each in plan.values():
            yield from scanned(each)


def _matching(statements: list[dict[str, Any]], declared: DeclaredStatement) -> list[dict[str, Any]]:
    return [
        each for each in statements if re.search(declared.pattern, each["query"]) and not _ASKED.match(each["query"])
    ]


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(f"{row['userid']} {row['queryid']} {row['toplevel']}", row["since"])


def _counters(row: Mapping[str, Any]) -> Counters:
    return {"calls": float(row["calls"]), "ms": float(row["total_exec_time"])}
