"""A gateway that is slow, stalls or fails now and then, as real ones are under load; well unless a fault says so."""

from __future__ import annotations

import asyncio
import itertools
import time
from http import HTTPStatus

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from golive_lab.platform.faults import Faults

EVERY = 6
"""One request of so many is slow, or fails."""
SLOW_SECONDS = 0.4
STALL_SECONDS, STALL_PERIOD = 2.0, 8.0


class Strain:
    """Stands before everything that customers reach over HTTP."""

    def __init__(self, app: ASGIApp, faults: Faults, prefix: str) -> None:
        self._app, self._faults, self._prefix = app, faults, prefix
        self._numbers = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, later or not at all where a fault says so."""
        if scope["type"] == "http" and scope["path"].startswith(self._prefix):
            chosen = next(self._numbers) % EVERY == 0
            if "fails_now_and_then" in self._faults and chosen:
                await PlainTextResponse("", HTTPStatus.INTERNAL_SERVER_ERROR)(scope, receive, send)
                return
            await asyncio.sleep(self._seconds(chosen))
        await self._app(scope, receive, send)

    def _seconds(self, chosen: bool) -> float:  # noqa: FBT001 - one of the many
        if "stalls" in self._faults:
            into = time.monotonic() % STALL_PERIOD
            return max(0.0, STALL_SECONDS - into)
        return SLOW_SECONDS if "slow_now_and_then" in self._faults and chosen else 0.0
