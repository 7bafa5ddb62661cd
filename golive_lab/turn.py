"""Labs with heavy servers come up one after the other.

Such a lab's three Java servers keep every core busy while they start. Two labs at once take as long as one after the
other, but each of them twice as long, and then servers miss deadlines that are ample for a lab by itself.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from golive.waiting import Deadline, wait_until

SECONDS = 900.0
"""Ample for the labs of eight workers to come up."""
LOOKS_EVERY = 0.2


def file_of_user() -> Path:
    """What the labs of one user on one machine agree by."""
    return Path(tempfile.gettempdir()) / f"golive-turn-{os.getuid()}"


@contextmanager
def turn(file: Path, waits: Callable[[str], None]) -> Iterator[None]:
    """A lab's turn to come up; ``waits`` is told in words as long as another has it, and may raise to give up.

    The lock is the kernel's: it ends with the process that holds it, however that ends. Raises TimedOut where another
    lab does not end coming up.
    """
    deadline = Deadline("lab", "another lab's coming up", SECONDS)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        wait_until(lambda: _try(descriptor, waits), deadline, interval=LOOKS_EVERY)
        yield
    finally:
        os.close(descriptor)


def _try(descriptor: int, waits: Callable[[str], None]) -> tuple[bool | None, str]:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        words = "for another lab to come up"
        waits(words)
        return None, words
    return True, ""
