"""From the stores' counters to what is said of a statement: growth, lost entries, limits, plans."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from golive.errors import TooLittleData
from golive.facts.clickhouse_queries import percentile_ms
from golive.facts.postgres_statements import EVICTED, GONE, RESET, TABLES_RESET, Entry, grown, running, scanned
from golive.facts.queries import DatabaseQueries
from golive.load.window import Window
from golive.target.queries import DeclaredStatement, Queries
from selftests.unit.answering import target

ONE, TWO = Entry("10 1 true", "monday"), Entry("10 2 true", "monday")
POSTGRES = ("instruments of markets", "entitlements of a customer", "audit log read back")
CLICKHOUSE = ("latest prices", "historical prices", "forward curve")


def counters(calls: float, ms: float) -> dict[str, float]:
    return {"calls": calls, "ms": ms}


def test_a_statement_grows_by_all_its_entries() -> None:
    before = {ONE: counters(5, 50)}
    after = {ONE: counters(8, 80), TWO: counters(2, 4)}
    assert grown(before, after, "", "", evictions=0) == {"calls": 5, "ms": 34, "lost": ""}


@pytest.mark.parametrize(
    ("after", "reset", "evictions", "lost"),
    [
        ({ONE: counters(8, 80)}, "tuesday", 0, RESET),
        ({}, "", 0, GONE),
        ({ONE: counters(4, 80)}, "", 0, GONE),
        ({Entry(ONE.id, "tuesday"): counters(9, 90)}, "", 0, GONE),
        ({ONE: counters(8, 80), TWO: counters(1, 1)}, "", 3, EVICTED),
        ({ONE: counters(8, 80)}, "", 3, ""),
    ],
    ids=["all reset", "gone", "fell", "began anew and overtook itself", "new while others went", "others went"],
)
def test_what_was_lost_is_said(after: Any, reset: str, evictions: int, lost: str) -> None:
    assert grown({ONE: counters(5, 50)}, after, "", reset, evictions)["lost"] == lost


def test_an_eviction_leaves_open_which_entry_it_was_where_the_server_does_not_tell() -> None:
    old = Entry("10 1 true", None)
    assert grown({old: counters(5, 50)}, {old: counters(8, 80)}, "", "", 1)["lost"] == EVICTED
    assert grown({old: counters(5, 50)}, {old: counters(8, 80)}, "", "", 0)["lost"] == ""
    assert grown({}, {}, "", "", 1)["lost"] == EVICTED


@pytest.mark.parametrize(
    ("spread", "failed", "p95"),
    [({3: 95, 900: 5}, 0, 3.0), ({3: 94, 900: 6}, 0, 900.0), ({3: 95}, 5, 3.0), ({3: 94}, 6, float("inf"))],
)
def test_executions_that_failed_are_slower_than_every_other_one(
    spread: dict[int, int], failed: int, p95: float
) -> None:
    assert percentile_ms(spread, failed, 95) == p95


def test_tables_that_a_plan_reads_as_a_whole_are_found_wherever_they_stand() -> None:
    below = {"Node Type": "Seq Scan", "Schema": "pg", "Relation Name": "audit_entry", "Parallel Aware": True}
    index = {"Node Type": "Index Scan", "Schema": "pg", "Relation Name": "instrument"}
    plan = [{"Plan": {"Node Type": "Aggregate", "Plans": [{"Node Type": "Gather", "Plans": [below]}, index]}}]
    assert list(scanned(plan)) == ["pg.audit_entry"]


def seen(**changed: dict[str, Any]) -> tuple[DatabaseQueries, dict[str, Any]]:
    well = {"calls": 20, "ms": 20.0, "lost": "", "running": [], "scanned": [], "unplanned": []}
    postgres: dict[str, Any] = {name: dict(well) for name in POSTGRES}
    clickhouse: dict[str, Any] = {name: {"failed": 0, "spread": [[4, 20]], "running": []} for name in CLICKHOUSE}
    rows = changed.pop("table", {})
    for name, change in changed.items():
        every = postgres if name in POSTGRES else clickhouse
        every[name] |= change
    table = {"name": "pg.audit_entry", "rows": 40_000, "mib": 4.0, "scans": 0, "lost": ""} | rows
    found = {
        "postgres": {"seconds": 60.0, "evictions": 0, "statements": postgres, "tables": [table]},
        "clickhouse": {"seconds": 60.0, "statements": clickhouse},
    }
    queries = DatabaseQueries(target(), Window(1.0, 61.0, {"queries": found}))
    return queries, {each.statement: each for each in queries.statements}


def test_statements_within_their_limits_have_nothing_to_say() -> None:
    queries, statements = seen()
    queries.confirm_seen(statements.values(), queries.large_tables)
    assert {name: each.beyond for name, each in statements.items()} == dict.fromkeys((*POSTGRES, *CLICKHOUSE), ())
    assert [(each.table, each.beyond) for each in queries.large_tables] == [("pg.audit_entry", ())]
    assert statements["latest prices"].p95_ms == 4.0
    assert statements["instruments of markets"].mean_ms == 1.0


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("instruments of markets", {"ms": 1000.0}, "mean 50.0 ms over 20 calls, below 50 ms expected"),
        ("audit log read back", {"scanned": ["pg.audit_entry"]}, "its plan reads pg.audit_entry as a whole"),
        ("latest prices", {"spread": [[4, 18], [250, 2]]}, "p95 250.0 ms over 20 calls, below 250 ms expected"),
        ("instruments of markets", {"running": [9_980.0]}, "mean 476.2 ms over 21 calls, 1 of which had not ended"),
        ("latest prices", {"running": [9_000, 9_000]}, "p95 9000.0 ms over 22 calls, 2 of which had not ended"),
        ("forward curve", {"running": [9_020]}, "mean 433.3 ms over 21 calls, 1 of which had not ended"),
        ("latest prices", {"failed": 2}, "2 of 22 calls failed, 5% allowed"),
        ("forward curve", {"failed": 2}, "2 of 22 calls failed, 5% allowed"),
        ("forward curve", {"spread": [], "failed": 20}, "20 of 20 calls failed, 5% allowed"),
        ("forward curve", {"spread": [[150, 20]]}, "mean 150.0 ms over 20 calls, below 100 ms expected"),
    ],
)
def test_what_is_beyond_a_limit(name: str, change: dict[str, Any], says: str) -> None:
    queries, statements = seen(**{name: change})
    queries.confirm_seen(statements.values(), queries.large_tables)
    assert says in statements[name].beyond[0]


def test_calls_under_way_that_are_within_their_limit_so_far_count_for_nothing() -> None:
    _, statements = seen(**{"audit log read back": {"running": [49.0]}, "latest prices": {"running": [249.0]}})
    found = [statements[name] for name in ("audit log read back", "latest prices")]
    assert [(each.calls, each.under_way, each.beyond) for each in found] == [(20, 0, ()), (20, 0, ())]


def test_a_call_under_way_is_known_by_its_entry_or_by_its_text() -> None:
    declared = DeclaredStatement(store="postgres", pattern="FROM pg.entitlement", mean=0.1)
    entries = [{"userid": 10, "queryid": 7}]
    active: list[dict[str, Any]] = [
        {"userid": 10, "queryid": 7, "query": "FETCH ALL", "ms": 1.0},
        {"userid": 11, "queryid": 7, "query": "SELECT 1 FROM pg.entitlement", "ms": 2.0},
        {"userid": 11, "queryid": 7, "query": "EXPLAIN SELECT 1 FROM pg.entitlement", "ms": 3.0},
        {"userid": 11, "queryid": None, "query": None, "ms": 4.0},
    ]
    assert running(active, entries, declared) == (1.0, 2.0)


def test_a_scan_of_a_small_table_is_none_and_one_of_a_large_table_counts_whoever_made_it() -> None:
    _, statements = seen(**{"instruments of markets": {"scanned": ["pg.instrument"]}})
    assert statements["instruments of markets"].beyond == ()
    queries, _ = seen(table={"scans": 2})
    assert queries.large_tables[0].beyond == ("read as a whole 2 times in the window, 0 allowed",)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("instruments of markets", {"calls": 0, "ms": 0.0}, "instruments of markets: ran 0 times in the window, 10"),
        ("instruments of markets", {"lost": RESET}, f"instruments of markets: {RESET}"),
        ("instruments of markets", {"unplanned": ["syntax error"]}, "cannot be planned: syntax error"),
        ("latest prices", {"spread": []}, "latest prices: ran 0 times in the window, 10 needed"),
        ("table", {"rows": 100}, "pg.audit_entry: is not large here"),
        ("table", {"lost": TABLES_RESET}, f"pg.audit_entry: {TABLES_RESET}"),
    ],
)
def test_what_could_not_be_told_is_too_little_data(name: str, change: dict[str, Any], says: str) -> None:
    queries, statements = seen(**{name: change})
    with pytest.raises(TooLittleData, match=re.escape(says)):
        queries.confirm_seen(statements.values(), queries.large_tables)
    slow, statements = seen(**{name: change}, **{"audit log read back": {"ms": 9000.0}})
    slow.confirm_seen(statements.values(), slow.large_tables)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"p95": 0.1}, "pg_stat_statements holds no percentile"),
        ({"mean": None}, "a statement needs a limit"),
        ({"pattern": "("}, "is no regular expression"),
        ({"store": "clickhouse", "sample": "SELECT 1"}, "nothing is planned in ClickHouse"),
    ],
)
def test_a_statement_that_nothing_could_be_decided_of_is_refused(change: dict[str, Any], says: str) -> None:
    good = {"store": "postgres", "pattern": "FROM x", "mean": 0.1}
    assert DeclaredStatement.model_validate(good)
    with pytest.raises(ValidationError, match=says):
        DeclaredStatement.model_validate(good | change)
    with pytest.raises(ValidationError, match="String should match pattern"):
        Queries.model_validate({"statements": {"x": good}, "clickhouse": {"table": "x; DROP TABLE y"}})
