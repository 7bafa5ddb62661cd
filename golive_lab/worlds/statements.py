"""Bad worlds of the stores' statements: slow ones, an index that is gone, and statistics that are."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.services.postgres import SUITE
from golive_lab.worlds.later import later
from golive_lab.worlds.postgres import owner_of
from golive_lab.worlds.registry import WORLDS, World, world

INTO_THE_WINDOW = 6.0
"""Seconds after which it happens: well within a window without load, as long as proofs make it."""
AUDIT_KEY = "ALTER TABLE pg.audit_entry {} CONSTRAINT audit_entry_pkey"


def _tell(lab: LabHandle, *statements: str) -> None:
    """Run these as PostgreSQL's superuser, in the platform's database."""
    with owner_of(lab, lab.status()["names"]["postgres_database"]) as owner:
        for statement in statements:
            owner.execute(statement.encode())


def _clickhouse(lab: LabHandle, statement: str) -> None:
    """Run it as ClickHouse's administrator, in the platform's database."""
    import httpx

    place = lab.overlay()
    url = f"https://{place['clickhouse']['host']}:{place['clickhouse']['port']}/"
    headers = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": lab.secret("clickhouse-default")}
    database = lab.status()["names"]["clickhouse_database"]
    trusted = ssl.create_default_context(cafile=place["ca_file"])
    with httpx.Client(verify=trusted, timeout=10, trust_env=False, headers=headers) as client:
        client.post(url, params={"database": database}, content=statement.encode()).raise_for_status()


def _told(do: tuple[str, ...], undo: tuple[str, ...]) -> World:
    @contextmanager
    def told(lab: LabHandle) -> Iterator[None]:
        _tell(lab, *do)
        try:
            yield
        finally:
            _tell(lab, *undo)

    return told


def _in_the_window(*statements: str) -> World:
    @contextmanager
    def told(lab: LabHandle) -> Iterator[None]:
        with later(INTO_THE_WINDOW, lambda: _tell(lab, *statements)):
            yield

    return told


WORLDS["postgres_index_dropped"] = _told(
    (AUDIT_KEY.format("DROP"),), (f"{AUDIT_KEY.format('ADD')} PRIMARY KEY (entry)",)
)
WORLDS["postgres_slow_statement"] = _told(
    # A row policy that takes its time, as one that asks another table would.
    (
        "CREATE POLICY slow ON pg.instrument USING (pg_sleep(0.03) IS NOT NULL)",
        "ALTER TABLE pg.instrument ENABLE ROW LEVEL SECURITY",
    ),
    ("ALTER TABLE pg.instrument DISABLE ROW LEVEL SECURITY", "DROP POLICY slow ON pg.instrument"),
)
WORLDS["postgres_audit_log_young"] = _told(
    (
        "ALTER TABLE pg.audit_entry RENAME TO audit_kept",
        "CREATE TABLE pg.audit_entry (LIKE pg.audit_kept INCLUDING ALL)",
        "GRANT SELECT, INSERT ON pg.audit_entry TO PUBLIC",
    ),
    ("DROP TABLE pg.audit_entry", "ALTER TABLE pg.audit_kept RENAME TO audit_entry"),
)
WORLDS["postgres_statistics_hidden"] = _told(
    (f"REVOKE pg_read_all_stats FROM {SUITE}",), (f"GRANT pg_read_all_stats TO {SUITE}",)
)
WORLDS["postgres_without_statistics"] = _told(
    ("DROP EXTENSION pg_stat_statements",), ("CREATE EXTENSION pg_stat_statements",)
)
WORLDS["postgres_statistics_reset"] = _in_the_window("SELECT pg_stat_statements_reset()")
WORLDS["postgres_statement_evicted"] = _in_the_window(
    # Of this statement alone, as when the view is full: everything else goes on, the view's own age too.
    "SELECT pg_stat_statements_reset(userid, dbid, queryid) FROM pg_stat_statements"
    " WHERE query LIKE '%AS kept FROM pg.audit_entry%'"
)
WORLDS["postgres_large_table_read"] = _in_the_window("SELECT sum(status) FROM pg.audit_entry")


@world
@contextmanager
def clickhouse_slow_statement(lab: LabHandle) -> Iterator[None]:
    """Day-ahead prices are a view that takes its time, as one over a cold disk would."""
    _clickhouse(lab, "RENAME TABLE day_ahead TO day_ahead_kept")
    try:
        _clickhouse(lab, "CREATE VIEW day_ahead AS SELECT * FROM day_ahead_kept WHERE sleep(1.8) = 0")
        yield
    finally:
        _clickhouse(lab, "DROP VIEW IF EXISTS day_ahead")
        _clickhouse(lab, "RENAME TABLE day_ahead_kept TO day_ahead")
