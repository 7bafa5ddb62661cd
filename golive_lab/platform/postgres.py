"""Connections to PostgreSQL that a service holds from its start on, each under the service's application name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from golive_lab.platform.config import HOST, Postgres
from golive_lab.platform.web import Dependencies, Problem

T = TypeVar("T")
Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]

SIZE = 2
CHECK_SECONDS = 1.0
ANSWER_SECONDS = 2.0
FIRST_BACKOFF, LAST_BACKOFF = 0.1, 1.0


class Pool:
    """Holds SIZE connections; each is checked every second and made anew, for ever, when it is lost."""

    def __init__(self, settings: Postgres, service: str, dependencies: Dependencies) -> None:
        self._settings, self._service, self._dependencies = settings, service, dependencies
        self._idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self._held = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connect in the background for as long as the context is open."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.wait({keeper})
            while not self._idle.empty():
                await self._idle.get_nowait().close()

    async def rows(self, query: str, parameters: Mapping[str, object]) -> list[Row]:
        """The query's rows. Raises Problem (503) when no connection answers within two seconds."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while (remaining := deadline - time.monotonic()) > 0:
            try:
                connection = await asyncio.wait_for(self._idle.get(), remaining)
            except TimeoutError:
                break
            try:
                found = await _within(remaining, connection, _fetch(connection, query, parameters))
            except psycopg.OperationalError as error:
                await self._lose(connection, error)  # a restart broke every connection: the next one may be new
            except psycopg.Error:
                await self._release(connection)
                raise
            else:
                await self._release(connection)
                return found
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "postgres_unavailable", "PostgreSQL does not answer")

    async def _keep(self) -> None:
        backoff = FIRST_BACKOFF
        while True:
            if self._held < SIZE:
                try:
                    await self._connect()
                    backoff = FIRST_BACKOFF
                except psycopg.Error as error:
                    self._failed(error)
                    await asyncio.sleep(backoff)
                    backoff = min(2 * backoff, LAST_BACKOFF)
                continue
            await self._dependencies.pause(CHECK_SECONDS)
            await self._check()

    async def _connect(self) -> None:
        settings = self._settings
        connection = await psycopg.AsyncConnection.connect(
            host=HOST,
            port=settings.port,
            dbname=settings.database,
            user=settings.login.username,
            password=settings.login.password,
            application_name=self._service,
            autocommit=True,
            row_factory=dict_row,
            sslmode="verify-full",
            sslrootcert=str(settings.ca_file),
            connect_timeout=2,
        )
        self._held += 1
        await self._idle.put(connection)
        self._confirm()

    async def _check(self) -> None:
        """Ask every idle connection for a sign of life."""
        idle = [self._idle.get_nowait() for _ in range(self._idle.qsize())]
        for connection in idle:
            try:
                await _within(ANSWER_SECONDS, connection, _fetch(connection, "SELECT 1", {}))
                await self._release(connection)
            except psycopg.Error as error:
                await self._lose(connection, error)
        self._confirm()

    def _confirm(self) -> None:
        if self._held == SIZE:
            self._dependencies.note("postgres", up=True)

    async def _release(self, connection: Connection) -> None:
        await self._idle.put(connection)

    async def _lose(self, connection: Connection, error: psycopg.Error) -> None:
        self._held -= 1
        self._failed(error)
        await connection.close()

    def _failed(self, error: psycopg.Error) -> None:
        self._dependencies.note("postgres", up=False, why=error)


async def _fetch(connection: Connection, query: str, parameters: Mapping[str, object]) -> list[Row]:
    cursor = await connection.execute(sql.SQL(query), parameters)
    return await cursor.fetchall()


async def _within(seconds: float, connection: Connection, work: Coroutine[Any, Any, T]) -> T:
    """Await ``work``, and cut the connection when it takes longer: to cancel it would wait for a mute server."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    return await task
