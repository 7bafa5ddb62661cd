"""Work that goes on beside the requests, in a thread of its own, whatever happens to the servers that it needs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

from starlette.applications import Starlette

FIRST_BACKOFF, LAST_BACKOFF = 0.1, 1.0
END_SECONDS = 3.0


class Worker:
    """Runs ``work(stop)`` again and again until it is told to stop, sooner or later after a failure.

    ``work`` returns when ``stop`` is set and raises when it must begin afresh; ``failed`` is told of that.
    """

    def __init__(self, name: str, work: Callable[[threading.Event], None], failed: Callable[[Exception], None]) -> None:
        self._name, self._work, self._failed = name, work, failed
        self._stop = threading.Event()
        self._backoff = FIRST_BACKOFF

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette | None) -> AsyncIterator[None]:
        """Work for as long as the context is open."""
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        thread.start()
        yield
        self._stop.set()
        await asyncio.to_thread(thread.join, END_SECONDS)

    def succeeded(self) -> None:
        """To be called by ``work`` when it got something done: the next failure is a first one again."""
        self._backoff = FIRST_BACKOFF

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._work(self._stop)
            except Exception as error:  # noqa: BLE001 - whatever a client library raises, the work begins afresh
                self._failed(error)
                self._stop.wait(self._backoff)
                self._backoff = min(2 * self._backoff, LAST_BACKOFF)
