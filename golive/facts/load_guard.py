"""Real users while the suite loads: where they suffer beyond what the target allows, the load ends at once.

A guard that cannot be seen ends it too: nobody may be loaded blindly.
"""

from __future__ import annotations

import math
import time

from golive.clients.prometheus import SYSTEM, PrometheusClient
from golive.errors import CannotEstablish, TooLittleData
from golive.load.window import Course, Json, Watcher
from golive.target import Target
from golive.target.performance import Guard

ITEM = "the guards of the load"
NAME = "guards"


class LoadGuard(Watcher):
    """Asks for every guard's figure before the load and again and again while it runs."""

    name = NAME

    def __init__(self, target: Target) -> None:
        self._client = PrometheusClient(target, ITEM)
        self._guards = target.load.guards if target.load else {}
        self._highest = dict.fromkeys(self._guards, -math.inf)
        self._broke = ""

    def before(self, course: Course) -> None:
        """Break the window off where real users suffer already, or cannot be seen."""
        for name, guard in self._guards.items():
            try:
                words = self._beyond(name, guard)
            except CannotEstablish as error:
                words = f"guard {name!r} cannot be seen: {error.message}"
            if words:
                self._break_off(course, f"the load was not begun: {words}")

    def during(self, course: Course) -> None:
        """Look at each guard every so many seconds; the one that stays beyond its limit ends the load."""
        beyond = dict.fromkeys(self._guards, 0)
        due = dict.fromkeys(self._guards, 0.0)
        while course.remaining > 0 and not course.stop.is_set():
            for name, guard in self._guards.items():
                if time.monotonic() < due[name]:
                    continue
                due[name] = time.monotonic() + guard.every
                words = self._look(name, guard)
                beyond[name] = beyond[name] + 1 if words else 0
                if beyond[name] >= guard.looks:
                    self._break_off(course, f"the load was broken off after {course.elapsed:.0f} s: {words}")
            course.stop.wait(min(course.remaining, *(guard.every for guard in self._guards.values())))

    def after(self) -> Json:
        """The highest figure of each guard, and why the load was broken off; empty where it was not."""
        highest = {name: None if math.isinf(value) else value for name, value in self._highest.items()}
        return {"highest": highest, "broke": self._broke}

    def _look(self, name: str, guard: Guard) -> str:
        try:
            return self._beyond(name, guard)
        except CannotEstablish as error:
            return f"guard {name!r} cannot be seen: {error.message}"

    def _beyond(self, name: str, guard: Guard) -> str:
        found = self._client.instant(guard.query)
        values = [value for each in found.series for _, value in each.samples]
        if not values or any(math.isnan(value) for value in values):
            raise TooLittleData(SYSTEM, "its query gives no number")
        self._highest[name] = max(self._highest[name], *values)
        return f"guard {name!r} is at {max(values):.4g}, {guard.most:g} allowed" if max(values) > guard.most else ""

    def _break_off(self, course: Course, words: str) -> None:
        self._broke = self._broke or words
        course.break_off(words)
