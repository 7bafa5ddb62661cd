"""The id that a request came with: logged by every service that it crosses, and handed on to the next."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

import httpx
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-ID"
LONGEST: Final = 100
current: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; empty where it came without."""


async def hand_on(request: httpx.Request) -> None:
    """A hook of a client: what it asks for another's sake carries that one's id."""
    if name := current.get():
        request.headers[HEADER] = name


class Requests:
    """Logs each request that came with an id, once it is answered, and answers with that id."""

    def __init__(self, app: ASGIApp) -> None:
        from logging import getLogger

        self._app, self._log = app, getLogger(__name__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        name = Headers(scope=scope).get(HEADER, "")[:LONGEST] if scope["type"] == "http" else ""
        if not name:
            await self._app(scope, receive, send)
            return
        token = current.set(name)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).append((HEADER.lower().encode(), name.encode("latin-1", "replace")))
                self._log.info("%s %s answered %s", scope["method"], scope["path"], message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            current.reset(token)
