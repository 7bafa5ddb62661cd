"""Deadlines and waits: each has a name, an end, and reports the last state seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from golive.errors import TimedOut

T = TypeVar("T")


@dataclass(frozen=True)
class Deadline:
    """A total time for something named. ``seconds`` runs from construction, on the monotonic clock."""

    system: str
    name: str
    seconds: float
    started: float = field(default_factory=time.monotonic)
    hint: str = ""
    """What to look at next, where it passes."""

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.started + self.seconds - time.monotonic())

    def check(self, last_state: str = "no answer yet") -> None:
        """Raise TimedOut once the deadline has passed."""
        if self.remaining <= 0:
            raise self.expired(last_state)

    def expired(self, last_state: str = "no answer yet") -> TimedOut:
        """The error to raise for this deadline, with the last state that was seen."""
        words = f"{self.name} took longer than {self.seconds:g} s; last state: {last_state}"
        return TimedOut(self.system, words, hint=self.hint)


def comes_true(probe: Callable[[], bool], deadline: Deadline, *, interval: float) -> bool:
    """Whether ``probe`` says yes before the deadline, asked every ``interval`` seconds and once at least."""
    while not probe():
        if deadline.remaining <= 0:
            return False
        time.sleep(min(interval, deadline.remaining))
    return True


def wait_until(probe: Callable[[], tuple[T | None, str]], deadline: Deadline, *, interval: float = 0.05) -> T:
    """Call ``probe`` until it gives a value; it answers ``(value or None, state in words)``.

    Raises TimedOut with the wait's name, its length in seconds and the last state in words.
    """
    while True:
        value, state = probe()
        if value is not None:
            return value
        if deadline.remaining <= 0:
            raise deadline.expired(state)
        time.sleep(min(interval, deadline.remaining))
