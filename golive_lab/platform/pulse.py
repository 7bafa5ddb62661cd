"""A line every two seconds of what a service answered, also where that is nothing: silence is never good news."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from http import HTTPStatus

SECONDS = 2.0

log = logging.getLogger(__name__)


class Pulse:
    """Counts answers between two lines."""

    def __init__(self) -> None:
        self._answers = 0
        self._errors = 0

    def answered(self, status: int) -> None:
        """One more answer."""
        self._answers += 1
        self._errors += status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @contextlib.asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Log for as long as the context is open."""
        task = asyncio.create_task(self._beat())
        yield
        task.cancel()

    async def _beat(self) -> None:
        while True:
            log.info(words(self._answers, self._errors))
            self._answers = self._errors = 0
            await asyncio.sleep(SECONDS)


def words(answers: int, errors: int) -> str:
    """The line."""
    return f"{answers} answers within {SECONDS:g} s, {errors} of them errors"
