"""Bad worlds of the platform's resources, and of those who tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from golive.waiting import Deadline, wait_until
from golive_lab.control import LabHandle
from golive_lab.platform.config import HOST
from golive_lab.services.prometheus import EXPORTERS
from golive_lab.worlds.later import later
from golive_lab.worlds.registry import world
from golive_lab.worlds.scraping import wait_for_scrapes

INTO_THE_WINDOW = 6.0
"""Seconds after which it happens: well within a window without load, as long as proofs make it."""
INTO_A_SHORT_WINDOW = 3.0
HOARDS_WITHIN = 8.0
"""Ample for half a GiB to be taken, and to be seen by who looks ten times a second."""
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
            wait_until(lambda: _hoarded(lab), Deadline("lab", "the service's memory to be seen as full", HOARDS_WITHIN))
            lab.kill(SERVICE)
        lab.start(SERVICE)

    with later(INTO_THE_WINDOW, happen):
        yield


@world
@contextmanager
def service_throttled(lab: LabHandle) -> Iterator[None]:
    """A service is kept from running for a part of each second period, and uses little all the same."""
    with _exporters(lab, f"throttles:{SERVICE}"):
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
    with _exporters(lab, f"forgets:{SERVICE}"):
        yield


@world
@contextmanager
def pod_unscraped(lab: LabHandle) -> Iterator[None]:
    """A service's pod is known to run, and nobody tells what it uses."""
    with _exporters(lab, f"forgets_pod:{SERVICE}"):
        yield


@contextmanager
def _exporters(lab: LabHandle, fault: str) -> Iterator[None]:
    """Who tells of the containers has that fault; on leaving Prometheus knows that it is over."""
    with lab.fault("container_metrics", fault):
        yield
    wait_for_scrapes(lab, EXPORTERS)


def _hoarded(lab: LabHandle) -> tuple[bool | None, str]:
    """Whether who tells of the containers has seen the service hold all that it may: only then is its end an OOM."""
    import httpx
    from prometheus_client.parser import text_string_to_metric_families

    from golive_lab.container_metrics.__main__ import CADVISOR_PATH
    from golive_lab.container_metrics.exposition import MEMORY
    from golive_lab.platform.appetite import HOARD, MIB

    port = lab.status()["services"]["container_metrics"]["port"]
    page = httpx.get(f"http://{HOST}:{port}{CADVISOR_PATH}", timeout=2, trust_env=False).text
    held = {
        sample.labels["container"]: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == MEMORY
    }
    return (held[SERVICE] >= HOARD) or None, f"{held[SERVICE] / MIB:.0f} MiB, {HOARD / MIB:.0f} to be held"


def _again(lab: LabHandle) -> None:
    lab.kill(SERVICE)
    lab.start(SERVICE)
