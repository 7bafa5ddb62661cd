"""A gateway that is slow, stalls or fails now and then, as real ones are under load; well unless a fault says so."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from http import HTTPStatus

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from golive_lab.platform.faults import Faults

SLOW = {"slow_now_and_then": 6, "slow_for_six_percent": 16}
FAILS = {"fails_now_and_then": 6, "fails_for_six_percent": 16}
SHEDS = {"sheds_load_as_200": 6}
"""Of so many requests of each route one is slow, fails, or is answered 200 at once with nothing in it."""
SLOW_SECONDS = 0.8
STALL_SECONDS, STALL_PERIOD = 2.0, 6.0  # three stalls at least in the proofs' window: two decide nothing


class Strain:
    """Stands before everything that customers reach over HTTP."""

    def __init__(self, app: ASGIApp, faults: Faults, prefix: str) -> None:
        self._app, self._faults, self._prefix = app, faults, prefix
        self._asked: Counter[str] = Counter()
        """Requests of each path, so that each has the same share of them and none is spared by its place in a row."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, later or not at all where a fault says so."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith(self._prefix):
            self._asked[path] += 1
            if self._chosen(path, FAILS):
                await PlainTextResponse("", HTTPStatus.INTERNAL_SERVER_ERROR)(scope, receive, send)
                return
            if self._chosen(path, SHEDS):
                await PlainTextResponse("", HTTPStatus.OK)(scope, receive, send)
                return
            await asyncio.sleep(self._seconds(path))
        await self._app(scope, receive, send)

    def _chosen(self, path: str, faults: dict[str, int]) -> bool:
        return any(self._asked[path] % every == 0 for name, every in faults.items() if name in self._faults)

    def _seconds(self, path: str) -> float:
        if "stalls" in self._faults:
            into = time.monotonic() % STALL_PERIOD
            return max(0.0, STALL_SECONDS - into)
        return SLOW_SECONDS if self._chosen(path, SLOW) else 0.0
