"""Where the time of the proofs goes: seconds of each step of a proof, summed up and with the longest named."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

LONGEST = 12
"""Proofs that are named."""


class Laps:
    """Seconds since the last call, by the name of the step that ends with it."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.seconds: dict[str, float] = {}

    def __call__(self, step: str) -> None:
        """Let this step end now."""
        now = time.monotonic()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._last
        self._last = now


def lines(laps: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """What is printed of the proofs' laps: the sum of each step, then the proofs that took longest."""
    total: Counter[str] = Counter()
    for seconds in laps.values():
        total.update(seconds)
    yield f"time of all workers: {_steps(total.items())}"
    for name, seconds in sorted(laps.items(), key=lambda pair: -sum(pair[1].values()))[:LONGEST]:
        yield f"{sum(seconds.values()):6.1f} s  {name}: {_steps(seconds.items())}"


def _steps(seconds: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{step} {taken:.1f} s" for step, taken in seconds)
