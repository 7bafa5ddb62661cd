"""Bad worlds that begin in the middle: the platform is well when the load begins, and is not when it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.worlds.registry import world

INTO_THE_WINDOW = 10.0
"""Seconds after which it happens: within every window of a proof, which opens some seconds after the world."""


@world
@contextmanager
def gateway_killed_under_load(lab: LabHandle) -> Iterator[None]:
    """The gateway is killed while requests are under way."""
    with later(lambda: lab.kill("gateway")):
        yield
    lab.start("gateway")


@world
@contextmanager
def gateway_hangs_under_load(lab: LabHandle) -> Iterator[None]:
    """The gateway answers no more, and goes on accepting connections."""
    with later(lambda: lab.freeze("gateway")):
        yield
    lab.thaw("gateway")


@contextmanager
def later(happen: Callable[[], None]) -> Iterator[None]:
    """Let it happen while the block runs; what has not happened by its end does not."""
    happened = threading.Event()

    def strike() -> None:
        happen()
        happened.set()

    timer = threading.Timer(INTO_THE_WINDOW, strike)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    if not happened.is_set():
        raise RuntimeError(f"the item was over within {INTO_THE_WINDOW:g} s, before anything happened")
