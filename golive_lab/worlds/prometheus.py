"""Bad worlds of the platform's resources, and of those who tell of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.worlds.later import later
from golive_lab.worlds.registry import world

INTO_THE_WINDOW = 6.0
"""Seconds after which it happens: well within a window without load, as long as proofs make it."""
INTO_A_SHORT_WINDOW = 3.0
SEEN_SECONDS = 2.0
"""Within so long every scrape has seen it."""
SERVICE = "instruments"


@world
@contextmanager
def service_restarts(lab: LabHandle) -> Iterator[None]:
    """A service's process ends, and another one begins in its place."""
    with later(INTO_THE_WINDOW, lambda: _again(lab)):
        yield


@world
@contextmanager
def service_killed_for_its_memory(lab: LabHandle) -> Iterator[None]:
    """A service takes all the memory that it may, and is killed as the kernel would kill it."""

    def happen() -> None:
        with lab.fault(SERVICE, "hoards"):
            time.sleep(SEEN_SECONDS)
            lab.kill(SERVICE)
        lab.start(SERVICE)

    with later(INTO_THE_WINDOW, happen):
        yield


@world
@contextmanager
def container_metrics_stop_under_way(lab: LabHandle) -> Iterator[None]:
    """Whoever tells of the containers ends in the middle."""
    with later(INTO_THE_WINDOW, lambda: lab.kill("container_metrics")):
        yield
    lab.start("container_metrics")


@world
@contextmanager
def container_metrics_stop_early(lab: LabHandle) -> Iterator[None]:
    """Whoever tells of the containers ends before the window is half over."""
    with later(INTO_A_SHORT_WINDOW, lambda: lab.kill("container_metrics")):
        yield
    lab.start("container_metrics")


@world
@contextmanager
def prometheus_stops_under_way(lab: LabHandle) -> Iterator[None]:
    """Prometheus itself ends in the middle."""
    with later(INTO_THE_WINDOW, lambda: lab.kill("prometheus")):
        yield
    lab.start("prometheus")


@world
@contextmanager
def service_unscraped(lab: LabHandle) -> Iterator[None]:
    """Nobody tells anything of a service that runs."""
    with lab.fault("container_metrics", f"forgets:{SERVICE}"):
        yield
    time.sleep(SEEN_SECONDS)


@world
@contextmanager
def pod_unscraped(lab: LabHandle) -> Iterator[None]:
    """A service's pod is known to run, and nobody tells what it uses."""
    with lab.fault("container_metrics", f"forgets_pod:{SERVICE}"):
        yield
    time.sleep(SEEN_SECONDS)


def _again(lab: LabHandle) -> None:
    lab.kill(SERVICE)
    lab.start(SERVICE)
