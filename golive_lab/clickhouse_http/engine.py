"""The engine, one a process; every request gets a connection of its own, so that settings never leak."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chdb

from golive_lab.clickhouse_http.errors import Code, ServerError
from golive_lab.clickhouse_http.statements import Kind, Statement

CONFIGURATION = """\
<clickhouse>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <flush_interval_milliseconds>1000</flush_interval_milliseconds>
  </query_log>
</clickhouse>
"""
"""In process the engine keeps no log of its queries by itself."""
INSERT_CHUNK = 1 << 20
READ_ONLY_BUT_SETTINGS = "2"
_MORE_FOLLOW = 0x80
_SETTING = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Query:
    """A statement with everything that the request says about how to run it."""

    statement: Statement
    database: str = ""
    format: str = "TabSeparated"
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False


@dataclass(frozen=True)
class Result:
    """Bytes in ``format`` (empty when the statement gives none), and the summary header's counts."""

    body: bytes
    format: str
    summary: Mapping[str, str]


class Engine:
    """Answers queries on the data in one folder."""

    def __init__(self, folder: Path, *, logs_queries: bool = True) -> None:
        self._path = str(folder)
        if logs_queries:
            configuration = folder.with_name("engine.xml")
            configuration.write_text(CONFIGURATION, encoding="utf-8")
            self._path += f"?config-file={configuration}"
        # While one connection is open, the engine and its data stay loaded.
        self._keeper = chdb.connect(self._path)
        self.version = self._scalar("SELECT version()")
        self.timezone = self._scalar("SELECT timezone()")
        if logs_queries:
            self._scalar("SYSTEM FLUSH LOGS")  # makes the table, which a server of its own has from its first run on

    def close(self) -> None:
        """Let go of the data folder."""
        self._keeper.close()

    def run(self, query: Query) -> Result:
        """Run one statement; blocks. Raises ServerError with the engine's own words."""
        began = time.monotonic_ns()
        connection = chdb.connect(self._path)
        try:
            self._set_up(connection, query)
            body, counts = (
                self._insert(connection, query)
                if query.statement.data is not None
                else (self._query(connection, query))
            )
        except ServerError:
            raise
        except Exception as error:  # chdb raises plain RuntimeError and Exception; the text says what
            raise ServerError.from_engine(str(error)) from error
        finally:
            connection.close()
        elapsed = time.monotonic_ns() - began
        answers = query.statement.kind is Kind.READ or bool(body)
        return Result(body, query.format if answers else "", _summary(counts, len(body), elapsed))

    def _set_up(self, connection: Any, query: Query) -> None:
        if query.database:
            connection.query("USE `{}`".format(query.database.replace("`", "")), "TSV")
        settings = dict(query.settings)
        if query.read_only:
            settings["readonly"] = READ_ONLY_BUT_SETTINGS
        for name, value in settings.items():
            if not _SETTING.fullmatch(name):
                raise ServerError.of(Code.UNKNOWN_SETTING, f"Unknown setting {name!r}.")
            connection.query(f"SET {name} = {_literal(value)}", "TSV")

    def _insert(self, connection: Any, query: Query) -> tuple[bytes, tuple[int, ...]]:
        statement = query.statement
        data = memoryview(statement.data or b"")
        with connection.send_insert(statement.text, statement.format) as insert:
            for start in range(0, len(data), INSERT_CHUNK):
                insert.append(data[start : start + INSERT_CHUNK])
            result = insert.finish()
        return b"", (0, 0, result.rows_written, result.bytes_written)

    def _query(self, connection: Any, query: Query) -> tuple[bytes, tuple[int, ...]]:
        statement = query.statement
        bound: dict[str, Any] = {"params": dict(query.parameters)} if query.parameters else {}
        result = connection.query(statement.text, query.format, **bound)
        body = bytes(result.bytes() or b"")
        if not body and query.format == "Native" and statement.kind is Kind.READ:
            body = self._empty_native(connection, statement, bound)
        read = (result.storage_rows_read() or result.rows_read(), result.storage_bytes_read() or result.bytes_read())
        return body, (*read, result.rows_written(), result.bytes_written())

    def _empty_native(self, connection: Any, statement: Statement, bound: dict[str, Any]) -> bytes:
        """A block of columns without rows, as the server sends for an empty result; chdb gives no bytes at all."""
        described = connection.query(f"DESCRIBE TABLE ({statement.without_format()}\n)", "JSONCompact", **bound)
        columns = json.loads(described.bytes())["data"]
        header = b"".join(_string(name) + _string(kind) for name, kind, *_ in columns)
        return _varint(len(columns)) + _varint(0) + header

    def _scalar(self, sql: str) -> str:
        return bytes(self._keeper.query(sql, "TSV").bytes()).decode().strip()


def _summary(counts: tuple[int, ...], size: int, elapsed_ns: int) -> dict[str, str]:
    names = ("read_rows", "read_bytes", "written_rows", "written_bytes")
    numbers = dict(zip(names, counts, strict=True))
    numbers |= {"total_rows_to_read": 0, "result_rows": 0, "result_bytes": size, "elapsed_ns": elapsed_ns}
    return {name: str(number) for name, number in numbers.items()}


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; the eighth bit says that more follow."""
    encoded = bytearray()
    while number >= _MORE_FOLLOW:
        encoded.append(number % _MORE_FOLLOW | _MORE_FOLLOW)
        number //= _MORE_FOLLOW
    return bytes([*encoded, number])


def _string(text: str) -> bytes:
    return _varint(len(text.encode())) + text.encode()
