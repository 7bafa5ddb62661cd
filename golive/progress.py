"""Progress: a live board of things that start side by side, one moving line of something long; calm lines elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event, Lock, Thread
from typing import IO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

_FIGURES = re.compile(r"[\d.]+")
_STYLES = {"waiting": "dim", "preparing": "cyan", "starting": "cyan", "ready": "green", "failed": "bold red"}

PLAIN_SECONDS = 10.0
"""Where nothing can move, a line is written this often."""
QUIET_SECONDS = 2.0
"""So long a command may be silent."""
STEP_SECONDS = 1.0
"""Between two moves of a line."""


class MovingLine:
    """What one long thing is doing: one line that is written over on a terminal, a line now and then elsewhere.

    ``shown`` makes a context in which the stream is not captured.
    """

    def __init__(self, stream: IO[str], shown: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        self._stream, self._shown = stream, shown
        self._said = False
        self._last = -PLAIN_SECONDS

    def show(self, words: str) -> None:
        """Say so now, or, where nothing can move, if the last line is old enough."""
        if not self._stream.isatty() and time.monotonic() - self._last < PLAIN_SECONDS:
            return
        self._last = time.monotonic()
        self._write(words)

    def end(self, words: str) -> None:
        """Say the last of it, and leave the line."""
        self._write(f"{words}\n")

    def clear(self) -> None:
        """Leave no trace on a terminal, where what follows begins in this line; elsewhere an end of the line.

        Nothing, where nothing was shown.
        """
        if not self._said:
            return
        with self._shown():
            self._stream.write("\r\x1b[2K" if self._stream.isatty() else "\n")
            self._stream.flush()

    def _write(self, words: str) -> None:
        self._said = True
        with self._shown():
            self._stream.write(f"\r\x1b[2K{words}" if self._stream.isatty() else f"\n{words}")
            self._stream.flush()


@contextmanager
def told_while(doing: Callable[[], str], stream: IO[str]) -> Iterator[None]:
    """While the block runs, say what it does and for how long, once it has been silent for QUIET_SECONDS.

    ``doing`` is called in a thread of its own. Nothing else may write to the stream meanwhile.
    """
    over, line, began = Event(), MovingLine(stream), time.monotonic()

    def tell() -> None:
        if over.wait(QUIET_SECONDS):
            return
        while not over.is_set():
            line.show(f"{doing()} ({time.monotonic() - began:.0f} s)")
            over.wait(STEP_SECONDS)
        line.clear()

    teller = Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


class Board:
    """One line a thing: its state, seconds since it began, and what it is doing. Use as a context manager."""

    def __init__(self, title: str, stream: IO[str]) -> None:
        self.title = title
        self._stream = stream
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._rows: dict[str, tuple[str, str]] = {}
        self._steps: dict[str, tuple[str, str]] = {}
        """State and words without their figures: on a plain stream a download is one line, not one a megabyte."""
        self._begun: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._lock = Lock()
        self._live: Live | None = None

    def __enter__(self) -> Board:
        if self._console.is_terminal:
            self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def report(self, name: str, state: str, words: str = "") -> None:
        """Note a state; on a plain stream a line is written when something is ready, failed or does something long."""
        with self._lock:
            begun = self._begun.setdefault(name, time.monotonic())
            step = (state, _FIGURES.sub("", words))
            changed = self._steps.get(name) != step
            self._steps[name] = step
            self._rows[name] = (state, words)
            if state in {"ready", "failed"}:
                self._seconds.setdefault(name, time.monotonic() - begun)
            if self._live is None and changed and state in {"ready", "failed", "preparing"}:
                self._stream.write(f"{self.title}: {name} {state}{self._age(name)}{': ' + words if words else ''}\n")
                self._stream.flush()

    def _age(self, name: str) -> str:
        return f" ({self._seconds[name]:.1f} s)" if name in self._seconds else ""

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        now = time.monotonic()
        with self._lock:
            for name, (state, words) in self._rows.items():
                seconds = self._seconds.get(name, now - self._begun[name])
                state_text = Text(state, style=_STYLES.get(state, ""))
                table.add_row(self.title, name, state_text, f"{seconds:5.1f} s", Text(words, overflow="ellipsis"))
        return table
