"""One window of time in which everything about performance is looked at together, once a run.

Whoever needs it first opens it, under a lock that all workers of the run share, and writes what was seen beside the
record; the others read that. Each ``Watcher`` looks before, during and after; one that could not look spoils only
the items that ask for what it saw.
"""

from __future__ import annotations

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from golive.errors import CannotEstablish, Interrupted, TimedOut
from golive.progress import MovingLine
from golive.wholefile import write_whole

Json = dict[str, Any]
LOOK_SECONDS = 0.2
_FILE = "window.json"


@dataclass
class Course:
    """The window while it is open. ``seconds`` is its planned length."""

    seconds: float
    folder: Path
    """Where watchers may leave files."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the window is broken off: every watcher ends at once."""
    began: float = field(default_factory=time.monotonic)
    broke: str = ""
    """Why it was broken off; empty where it was not, or from outside."""
    _said: dict[str, str] = field(default_factory=dict)

    def say(self, watcher: str, words: str) -> None:
        """Note a watcher's running figures, for the progress line."""
        self._said[watcher] = words

    def raise_if_stopped(self) -> None:
        """Raise Interrupted once the window is broken off."""
        if self.stop.is_set():
            raise Interrupted("load", self.broke or "the window was broken off")

    def break_off(self, why: str) -> None:
        """End the window before its time: what nobody may go on with."""
        self.broke = self.broke or why
        self.stop.set()

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    @property
    def remaining(self) -> float:
        """Seconds until the planned end, never negative."""
        return max(0.0, self.began + self.seconds - time.monotonic())

    def wait_for_end(self) -> None:
        """Until the planned end, or until the window is broken off."""
        self.stop.wait(self.remaining)

    def said(self) -> str:
        """What the watchers last said, in one line."""
        return "; ".join(words for words in self._said.values() if words)


class Watcher(ABC):
    """Looks at one thing. ``name`` is what items ask for. Each step may raise CannotEstablish."""

    name = ""

    def before(self, course: Course) -> None:  # noqa: B027 - few have anything to look at
        """Look before the window opens; return at once when ``course.stop`` is set."""

    def during(self, course: Course) -> None:  # noqa: B027 - some only look before and after
        """Do what is done while it is open; return by its end, or at once when ``course.stop`` is set."""

    @abstractmethod
    def after(self) -> Json:
        """What was seen, as JSON holds it."""


@dataclass(frozen=True)
class Window:
    """A window that is over. ``began`` and ``ended`` are Unix times by this host's clock."""

    began: float
    ended: float
    seen: Mapping[str, Json] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ended - self.began

    @property
    def opened(self) -> datetime:
        """When it began, in UTC."""
        return datetime.fromtimestamp(self.began, UTC)

    def of(self, watcher: str) -> Json:
        """What that watcher saw. Raises the CannotEstablish that kept it from looking."""
        seen = self.seen[watcher]
        if "error" in seen:
            raise _KINDS[seen["error"]](seen["system"], seen["message"], hint=seen["hint"])
        return seen


class Windows:
    """The run's window: opened by whoever asks first, the same for everybody after."""

    def __init__(
        self,
        folder: Path,
        seconds: float,
        watchers: tuple[Watcher, ...],
        progress: MovingLine,
        announcement: str,
        needs: Sequence[frozenset[str]] = (),
    ) -> None:
        """``needs``: of each item of the run, the watchers without any of which it sees nothing.

        Where that is so of every item before the window opens, nobody waits for it; without ``needs`` it always opens.
        """
        self._folder, self._seconds, self._watchers = folder, seconds, watchers
        self._progress, self._announcement = progress, announcement
        self._needs = needs

    def current(self, patience: float, *, anew: bool = False) -> Window:
        """The run's window, waiting for another worker's up to ``patience`` seconds; ``anew`` opens another one.

        Raises TimedOut where another worker's did not end.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._folder / "window.lock", timeout=patience):
                found = None if anew else self._kept()
                return found or self._open()
        except Timeout:
            words = f"the window that another worker opened took longer than {patience:g} s"
            raise TimedOut("load", words) from None

    def _kept(self) -> Window | None:
        path = self._folder / _FILE
        return Window(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def _open(self) -> Window:
        self._progress.end(self._announcement)
        course = Course(self._seconds, self._folder)
        faults: dict[str, CannotEstablish] = {}
        with ThreadPoolExecutor(max(1, len(self._watchers))) as pool:
            try:
                self._each(pool, faults, lambda w: w.before(course), course)
                if not course.broke and (useless := self._useless(faults)):
                    return self._unopened(useless)
                began = time.time()
                course.began = time.monotonic()
                self._each(pool, faults, lambda w: w.during(course), course)
                course.wait_for_end()
                ended = time.time()
                if course.broke:  # a part of a window decides nothing, whatever was seen in it
                    broken = Interrupted(
                        "load", course.broke, hint="see how the guard's query of [load.guards] went on after that time"
                    )
                    faults = {each.name: broken for each in self._watchers} | faults
                seen: dict[str, Json] = {}
                self._each(pool, faults, lambda w: seen.update({w.name: w.after()}), course)
            except BaseException:  # the item's deadline and the keyboard's interrupt, too, must end the load
                course.stop.set()
                raise
        self._progress.end(f"{course.said()}; the window is over" if course.said() else "the window is over")
        seen.update({name: _as_json(error) for name, error in faults.items()})
        return self._keep(Window(began, ended, seen))

    def _useless(self, faults: Mapping[str, CannotEstablish]) -> dict[str, CannotEstablish]:
        """What keeps every item from seeing anything, by watcher; empty where one of them may see something."""
        if not self._needs or not faults:
            return {}
        first = next(iter(faults.values()))
        causes = {each.name: first for each in self._watchers}
        for need in self._needs:
            cause = next((faults[name] for name in sorted(need) if name in faults), None)
            if cause is None:
                return {}
            causes.update(dict.fromkeys(need, cause))
        return {**causes, **faults}

    def _unopened(self, causes: Mapping[str, CannotEstablish]) -> Window:
        now = time.time()
        self._progress.end("the window is not opened: nothing of it could be seen")
        return self._keep(Window(now, now, {name: _as_json(error) for name, error in causes.items()}))

    def _each(
        self,
        pool: ThreadPoolExecutor,
        faults: dict[str, CannotEstablish],
        step: Callable[[Watcher], None],
        course: Course,
    ) -> None:
        running: dict[Future[None], Watcher] = {
            pool.submit(step, watcher): watcher for watcher in self._watchers if watcher.name not in faults
        }
        told = ""
        while wait(running, timeout=LOOK_SECONDS).not_done:
            if (said := course.said()) != told:
                told = said
                self._progress.show(told)
        for future, watcher in running.items():
            try:
                future.result()
            except CannotEstablish as error:
                faults[watcher.name] = error

    def _keep(self, window: Window) -> Window:
        text = json.dumps({"began": window.began, "ended": window.ended, "seen": window.seen})
        write_whole(self._folder / _FILE, text)
        return window


def _as_json(error: CannotEstablish) -> Json:
    return {"error": type(error).__name__, "system": error.system, "message": error.message, "hint": error.hint}


_KINDS = {kind.__name__: kind for kind in CannotEstablish.__subclasses__()}
