"""What happens in the middle of an item's look, not before it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def later(seconds: float, happen: Callable[[], None]) -> Iterator[None]:
    """Let it happen so long after the block was entered; raises RuntimeError where the block ends before that."""
    happened = threading.Event()

    def strike() -> None:
        happen()
        happened.set()

    timer = threading.Timer(seconds, strike)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    if not happened.is_set():
        raise RuntimeError(f"the item was over within {seconds:g} s, before anything happened")
