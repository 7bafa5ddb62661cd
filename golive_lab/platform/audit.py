"""The audit log: who asked for what, and what they were answered, in a table that can only be added to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from golive_lab.platform.access import CALLER
from golive_lab.platform.postgres import Pool
from golive_lab.platform.web import Problem

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.5
MOST_HELD = 10_000
"""Entries kept while PostgreSQL is away; the oldest go first, as for any log."""
ADD = """
INSERT INTO pg.audit_entry (at, actor, customer, method, route, status)
SELECT to_timestamp(e.at), e.actor, e.customer, e.method, e.route, e.status
FROM json_to_recordset(%(entries)s)
    AS e(at double precision, actor text, customer text, method text, route text, status int)
RETURNING entry
"""
KEPT = "SELECT count(*) AS kept FROM pg.audit_entry WHERE entry BETWEEN %(first)s AND %(last)s"
"""Read back: a log that takes entries and loses them would be worth nothing."""


class AuditLog:
    """Notes every answer to a caller that the gateway knows; written in the background, twice a second."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._held: list[dict[str, Any]] = []

    def around(self, app: ASGIApp, now: Any) -> ASGIApp:
        """The app, its answers noted; ``now`` gives Unix time."""

        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            async def watch(message: Message) -> None:
                if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                    self._note(scope, now(), message["status"])
                await send(message)

            await app(scope, receive, watch)

        return noted

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Write what was noted for as long as the context is open."""
        writer = asyncio.create_task(self._write())
        yield
        writer.cancel()

    def _note(self, scope: Scope, at: float, status: int) -> None:
        caller = scope.get(CALLER)
        if caller is not None:
            entry = {"at": at, "actor": caller.subject, "customer": caller.customer or ""}
            self._held.append({**entry, "method": scope.get("method", "GET"), "route": scope["path"], "status": status})
            del self._held[:-MOST_HELD]

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            if not self._held:
                continue
            entries, self._held = self._held, []
            try:
                await self._add(entries)
            except (Problem, psycopg.Error):  # PostgreSQL is away, which its pool has noted, or has no tables yet
                self._held = [*entries, *self._held][-MOST_HELD:]

    async def _add(self, entries: list[dict[str, Any]]) -> None:
        added = [row["entry"] for row in await self._pool.rows(ADD, {"entries": json.dumps(entries)})]
        (found,) = await self._pool.rows(KEPT, {"first": min(added), "last": max(added)})
        if found["kept"] < len(entries):
            log.error("the audit log kept %d of %d entries", found["kept"], len(entries))
