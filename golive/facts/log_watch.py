"""What the log store holds of the window and of the time that it is compared with, read when the window is over."""

from __future__ import annotations

import time
from collections.abc import Mapping

from golive.clients.log_store import Errors, LogStore, Span, log_store
from golive.facts.log_patterns import counted
from golive.load.window import Course, Json, Watcher
from golive.target import Target
from golive.target.logs import Logs
from golive.target.needed import required

ITEM = "performance.log_errors"
NAME = "logs"
LEAST_BLOCKS = 2
LOOK_SECONDS = 0.5


class LogWatcher(Watcher):
    """Sees when the window begins and ends, and then reads the store."""

    name = NAME

    def __init__(self, target: Target) -> None:
        self._settings = required(target.logs, "logs", ITEM)
        self._store: LogStore = log_store(target, ITEM)
        self._began = self._ended = 0.0
        self._course: Course | None = None

    def before(self, course: Course) -> None:
        """Ask the store once, so that one that does not answer is known by now."""
        self._course = course
        self._store.newest(time.time() - self._settings.arrival)

    def during(self, course: Course) -> None:
        """Note the time."""
        self._began = time.time()
        course.wait_for_end()
        self._ended = time.time()

    def after(self) -> Json:
        """Wait until every service's records have arrived, then count and read window and baseline."""
        newest, future = self._arrived()
        window = self._span(self._began, self._ended)
        baseline = self._span(*_baseline(self._settings, self._began))
        seen: Json = {"newest": dict(newest), "future": future}
        for side, span in (("window", window), ("baseline", baseline)):
            logs = self._store.counts(span)
            seen[side] = {
                "began": span.began,
                "ended": span.ended,
                "counts": {name: [log.records, *log.errors] for name, log in logs.items()},
                "levels": {name: dict(log.levels) for name, log in logs.items()},
                **self._patterns(self._store.errors(span)),
            }
        return seen

    def _span(self, began: float, ended: float) -> Span:
        return Span(began, ended, max(LEAST_BLOCKS, round((ended - began) / self._settings.block)))

    def _arrived(self) -> tuple[Mapping[str, float], dict[str, float]]:
        """When each service last logged: all of them after the window, or the patience is over.

        And by how many seconds that is yet to come: nobody logs in the future but by a clock that is ahead.
        """
        patience = time.monotonic() + self._settings.arrival
        while True:
            newest = self._store.newest(self._began)
            now = time.time()
            late = [name for name in self._settings.services if newest.get(name, 0.0) < self._ended]
            over = not late or time.monotonic() > patience
            if self._course is not None:
                self._course.raise_if_stopped()
                self._course.say(NAME, "" if over else f"waiting for the last records of {', '.join(sorted(late))}")
            if over:
                return newest, {name: at - now for name, at in newest.items() if at > now}
            time.sleep(LOOK_SECONDS)

    def _patterns(self, errors: Errors) -> Json:
        found: dict[str, list[str]] = {}
        for record in errors.records:
            found.setdefault(record.service, []).append(record.message)
        patterns = {name: dict(counted(messages, self._settings.masks)) for name, messages in found.items()}
        return {"patterns": patterns, "complete": errors.complete}


def _baseline(settings: Logs, began: float) -> tuple[float, float]:
    return began - settings.gap - settings.baseline, began - settings.gap
