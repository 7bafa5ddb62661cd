"""One lab of a user starts its heavy servers at a time.

Three Java servers a lab keep every core busy while they start. Two labs' at once take as long as one after the other,
but each of them twice as long, and then misses the deadline that is ample for it alone.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from golive.waiting import Deadline, wait_until

SECONDS = 900.0
"""Ample for the labs of eight workers to start theirs."""
LOOKS_EVERY = 0.2


class Turn:
    """A lab's place in that order. Taken by as many of its servers as like; given back with the last of them.

    The lock is the kernel's: it ends with the process that holds it, however that ends.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or Path(tempfile.gettempdir()) / f"golive-turn-{os.getuid()}"
        self._holders = 0
        self._descriptor = -1
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, waits: Callable[[str], None]) -> Iterator[None]:
        """Hold it for a while; ``waits`` is told in words while others have it, and may raise to give up.

        Raises TimedOut where another lab does not give it back.
        """
        deadline = Deadline("lab", "another lab's heavy servers' starting", SECONDS)
        wait_until(lambda: self._try(waits), deadline, interval=LOOKS_EVERY)
        try:
            yield
        finally:
            self._give_back()

    def _try(self, waits: Callable[[str], None]) -> tuple[bool | None, str]:
        with self._lock:
            if self._holders or self._locked():
                self._holders += 1
                return True, ""
        words = "for another lab's heavy servers to start"
        waits(words)
        return None, words

    def _locked(self) -> bool:
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def _give_back(self) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders:
                os.close(self._descriptor)
