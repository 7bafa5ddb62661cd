"""How often the operators' feeds fail, which even a healthy platform logs as errors: the usual rate of its log.

The prices are made up, and so are their failures; the errors that are logged of them are real log records.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

log = logging.getLogger(__name__)

USUAL_ROUNDS = 2
"""Each so many rounds the feed of one market fails."""
OFTEN_ROUNDS = 1
LIMIT_MS = 3000
_MARKETS = ("MISO", "CAISO")


def failure(number: int) -> str:
    """The words of the n-th failure: the same every time but for its figures."""
    late = LIMIT_MS + 17 * (number * 37 % 101)
    return f"{_MARKETS[number % 2]}: the operator's feed took {late} ms, over {LIMIT_MS} ms; asked again"


class FailingFeeds:
    """Counts the rounds, and logs the failures that are due."""

    def __init__(self) -> None:
        self._rounds = 0
        self._failures = 0

    def round(self, *, often: bool) -> None:
        """One round of feeds."""
        self._rounds += 1
        if self._rounds % (OFTEN_ROUNDS if often else USUAL_ROUNDS) == 0:
            log.error(failure(self._failures))
            self._failures += 1


def history(seconds: float, interval: float) -> Iterator[tuple[float, str]]:
    """What a feeder logs in so many seconds: seconds from the beginning, and words."""
    apart = USUAL_ROUNDS * interval
    for number in range(int(seconds / apart)):
        yield number * apart, failure(number)
