"""The beginning of a generator process's schedule."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import gevent.event

from golive.load.arrivals import arrivals
from golive.load.plan import LoadPlan

LEAD_S = 0.2
"""From the moment that every user is there until the start."""


class Start:
    """When it began, and what is still to come of it."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self.given = gevent.event.Event()
        self.at = 0.0
        self.utc = ""
        self.schedule = arrivals(plan, plan.processes)  # none yet

    def give(self, worker: int) -> None:
        """Begin; once, although locust says more than once that all users are there."""
        if not self.given.is_set():
            self.at = time.perf_counter() + LEAD_S
            self.utc = (datetime.now(UTC) + timedelta(seconds=LEAD_S)).isoformat(timespec="milliseconds")
            self.schedule = arrivals(self._plan, worker)
            self.given.set()

    def now_s(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.at
