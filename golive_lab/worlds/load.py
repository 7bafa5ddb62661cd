"""Bad worlds that begin in the middle: the platform is well when the load begins, and is not when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.worlds.later import later
from golive_lab.worlds.registry import world

INTO_THE_WINDOW = 10.0
"""Seconds after which it happens: within every window of a proof, which opens some seconds after the world."""


@world
@contextmanager
def gateway_killed_under_load(lab: LabHandle) -> Iterator[None]:
    """The gateway is killed while requests are under way."""
    with later(INTO_THE_WINDOW, lambda: lab.kill("gateway")):
        yield
    lab.start("gateway")


@world
@contextmanager
def gateway_hangs_under_load(lab: LabHandle) -> Iterator[None]:
    """The gateway answers no more, and goes on accepting connections."""
    with later(INTO_THE_WINDOW, lambda: lab.freeze("gateway")):
        yield
    lab.thaw("gateway")


@world
@contextmanager
def gateway_killed_and_back(lab: LabHandle) -> Iterator[None]:
    """The gateway is killed and there again a moment later: its counters begin anew."""

    def happen() -> None:
        lab.kill("gateway")
        lab.start("gateway")

    with later(INTO_THE_WINDOW, happen):
        yield
