"""Bad worlds of the log store: indices that are not there, or not what they should be; a shipper that dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from golive_lab.control import LabHandle
from golive_lab.services.opensearch import HISTORY, INDICES
from golive_lab.worlds.later import later
from golive_lab.worlds.registry import world

INTO_THE_WINDOW = 6.0
"""Seconds after which it happens: well within a window without load, as long as proofs make it."""
FOREIGN = f"{INDICES}foreign"


def _ask(lab: LabHandle, method: str, path: str, content: Any = None) -> None:
    import httpx

    with httpx.Client(timeout=10, trust_env=False) as client:
        client.request(method, lab.overlay()["logs"]["url"] + path, json=content).raise_for_status()


@contextmanager
def _closed(lab: LabHandle, indices: str) -> Iterator[None]:
    _ask(lab, "POST", f"/{indices}/_close")
    try:
        yield
    finally:
        _ask(lab, "POST", f"/{indices}/_open?wait_for_active_shards=1")


@world
@contextmanager
def logs_baseline_missing(lab: LabHandle) -> Iterator[None]:
    """What was logged before the lab began is not to be had."""
    with _closed(lab, HISTORY):
        yield


@world
@contextmanager
def logs_index_missing(lab: LabHandle) -> Iterator[None]:
    """None of the indices can be searched; what is shipped meanwhile is refused."""
    with _closed(lab, f"{INDICES}*"):
        yield


@world
@contextmanager
def logs_shard_fails(lab: LabHandle) -> Iterator[None]:
    """Somebody else's index matches the pattern, and its shard cannot count by time."""
    mappings = {"properties": {"@timestamp": {"type": "text"}, "service": {"type": "text"}}}
    _ask(lab, "PUT", f"/{FOREIGN}", {"mappings": mappings})
    try:
        record = {"@timestamp": "today", "service": "gateway", "message": "somebody else's"}
        _ask(lab, "POST", f"/{FOREIGN}/_doc?refresh=true", record)
        yield
    finally:
        _ask(lab, "DELETE", f"/{FOREIGN}")


@world
@contextmanager
def shipper_killed_in_the_window(lab: LabHandle) -> Iterator[None]:
    """Logs arrive when the window begins, and no more when it ends."""
    with later(INTO_THE_WINDOW, lambda: lab.kill("shipper")):
        yield
    lab.start("shipper")
