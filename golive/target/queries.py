"""Which statements the platform's stores must answer quickly, and which tables they must not read as a whole.

Durations are seconds. PostgreSQL keeps calls and total times of each statement (pg_stat_statements), which make a mean
over the window and no percentile; ClickHouse logs every execution (query_log), which makes both.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from golive.target.base import NonEmpty, Seconds, Section
from golive.target.secrets import SecretReference


class DeclaredStatement(Section):
    """One statement of the platform, recognised by its text, and how long it may take."""

    store: Literal["postgres", "clickhouse"]
    pattern: NonEmpty
    """Regular expression, found anywhere in the statement's text as the store keeps it.

    PostgreSQL writes constants as ``$1``. ClickHouse writes a query with parameters anew, on one line, with their
    values.
    """
    mean: Seconds | None = None
    p95: Seconds | None = None
    """ClickHouse only; executions that failed are slower than every other one."""
    min_calls: Annotated[int, Field(ge=1)] = 30
    """In the window; fewer decide nothing."""
    sample: str = ""
    """The statement with values in place of its parameters, to be planned where the server is older than
    PostgreSQL 16, or cannot plan the text that it keeps."""

    @field_validator("pattern")
    @classmethod
    def _compile(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _decidable(self) -> Self:
        if self.store == "postgres" and self.p95 is not None:
            raise ValueError("pg_stat_statements holds no percentile: give postgres statements a mean")
        if self.mean is None and self.p95 is None:
            raise ValueError("a statement needs a limit: mean, or p95 in ClickHouse")
        if self.store == "clickhouse" and self.sample:
            raise ValueError("sample is for PostgreSQL: nothing is planned in ClickHouse")
        return self


class StatisticsRole(Section):
    """Who reads PostgreSQL's statistics: a role with pg_read_all_stats, and no right on any table."""

    role: NonEmpty
    password: SecretReference


class QueryLog(Section):
    """ClickHouse's log of queries, and who may read it; the application's own user where none is named."""

    table: Annotated[str, Field(pattern=r"^[\w.]+$|^clusterAllReplicas\('[\w-]+', *[\w.]+\)$")] = "system.query_log"
    """Also ``clusterAllReplicas('main', system.query_log)``."""
    user: NonEmpty | None = None
    password: SecretReference | None = None
    arrival: Seconds = 15
    """Within so long the log holds what has been asked: twice ``flush_interval_milliseconds``."""

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        return self


class Queries(Section):
    """The declared statements by name, and when a table of PostgreSQL counts as large."""

    statements: Annotated[dict[NonEmpty, DeclaredStatement], Field(min_length=1)]
    postgres: StatisticsRole | None = None
    """The application's own role where absent, which then needs pg_read_all_stats itself."""
    clickhouse: QueryLog = QueryLog()
    large_rows: Annotated[int, Field(ge=1)] = 100_000
    large_mib: Annotated[float, Field(gt=0)] = 64
    """A table is large from so many rows, or so many MiB without its indexes, by the server's catalog."""
    large_tables: frozenset[NonEmpty] = frozenset()
    """Tables, as ``schema.table``, that must be found large: a look at an empty database shows no scan either."""
    max_scans: Annotated[int, Field(ge=0)] | None = None
    """Sequential scans of each large table by anybody in the window; without, they are told and judge nothing."""

    def of(self, store: str) -> dict[str, DeclaredStatement]:
        """The statements of that store by name."""
        return {name: each for name, each in self.statements.items() if each.store == store}
