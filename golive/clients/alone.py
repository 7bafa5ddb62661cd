"""One at a time on this host, whichever process: for what a system refuses to do twice at once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from golive.errors import TimedOut


@contextmanager
def alone(system: str, what: str, seconds: float) -> Iterator[None]:
    """Enter once nobody else on this host, of this user, is inside for the same ``what``.

    Raises TimedOut after ``seconds``.
    """
    digest = hashlib.sha256(what.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"golive-{os.getuid()}-{digest}.lock"
    lock = FileLock(path, timeout=seconds, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        words = f"waiting for another process that does the same ({what}) took longer than {seconds:g} s"
        raise TimedOut(system, words, hint="is another run of the suite stuck on this host?") from None
    try:
        yield
    finally:
        lock.release()
