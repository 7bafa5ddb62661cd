"""T+1 hour: database queries acceptable."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.performance


@pytest.mark.item("performance.database_queries")
def test_declared_statements_are_quick_and_no_large_table_is_scanned(queries, target, evidence):
    """Every declared statement MUST stay below its limit in the window, and none may read a large table as a whole.

    Hint: EXPLAIN (ANALYZE, BUFFERS) of the slow one; pg_stat_user_indexes for an index that is gone or not used.
    """
    statements, tables = queries.statements, queries.large_tables
    evidence.add(*queries.stores, *statements, *tables)
    queries.confirm_seen(statements, tables)
    assert {each.statement: each.beyond for each in statements} == dict.fromkeys(target.queries.statements, ())
    assert {each.table: each.beyond for each in tables if each.beyond} == {}
