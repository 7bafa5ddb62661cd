"""ClickHouse as the platform uses it: one client over HTTPS, made when it is first needed and again after a failure."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from golive_lab.platform.config import HOST, ClickHouse
from golive_lab.platform.web import Dependencies

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

T = TypeVar("T")

CONNECT_SECONDS = 1
ANSWER_SECONDS = 2


class WarehouseUnavailable(Exception):
    """ClickHouse did not answer, or refused."""


class Warehouse:
    """Queries and inserts, from any thread; nothing waits for more than some seconds."""

    def __init__(self, settings: ClickHouse, service: str, dependencies: Dependencies) -> None:
        self._settings, self._service, self._dependencies = settings, service, dependencies
        self._client: Client | None = None
        self._lock = threading.Lock()

    def rows(self, query: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        """The query's rows as dictionaries. Raises WarehouseUnavailable."""
        return self._attempt(lambda client: list(client.query(query, parameters=dict(parameters)).named_results()))

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows whose values JSON can hold; times are text. Raises WarehouseUnavailable."""
        # Not client.insert: it loads pandas where that is installed, 80 MiB for nothing.
        block = "\n".join(json.dumps(row) for row in rows).encode()
        columns = list(rows[0])
        self._attempt(lambda client: client.raw_insert(table, columns, insert_block=block, fmt="JSONEachRow"))

    def _attempt(self, work: Callable[[Client], T]) -> T:
        from clickhouse_connect.driver.exceptions import ClickHouseError

        try:
            found = work(self._connected())
        except (ClickHouseError, OSError, ValueError) as error:
            self._dependencies.note("clickhouse", up=False, why=error)
            raise WarehouseUnavailable(str(error)) from error
        self._dependencies.note("clickhouse", up=True)
        return found

    def _connected(self) -> Client:
        import clickhouse_connect

        with self._lock:
            if self._client is None:
                settings = self._settings
                self._client = clickhouse_connect.get_client(
                    host=HOST,
                    port=settings.port,
                    database=settings.database,
                    username=settings.login.username,
                    password=settings.login.password,
                    interface="https",
                    ca_cert=str(settings.ca_file),
                    client_name=self._service,
                    connect_timeout=CONNECT_SECONDS,
                    send_receive_timeout=ANSWER_SECONDS,
                    autogenerate_session_id=False,
                    query_retries=0,
                )
            return self._client


def plain(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as JSON can hold them; times in UTC."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.UTC).isoformat()
    return value.isoformat() if isinstance(value, datetime.date) else value
