"""The reference platform misbehaves: one world for each fault that its services know."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urljoin

from golive.waiting import Deadline, wait_until
from golive_lab.control import LabHandle
from golive_lab.platform.config import INSTANCE_PATH
from golive_lab.platform.faults import FAULTS
from golive_lab.worlds.registry import WORLDS, World

IN_FORCE_SECONDS = 10.0
"""A service that feeds or ingests first ends the round that it is in."""


@contextmanager
def misbehaving(lab: LabHandle, service: str, fault: str) -> Iterator[None]:
    """While the block runs the service has that fault; entered once nothing that began before it is under way."""
    with lab.fault(service, fault):
        _await_in_force(lab, service, fault)
        yield


def _await_in_force(lab: LabHandle, service: str, fault: str) -> None:
    import httpx

    overlay = lab.overlay()
    url = urljoin(overlay["services"][service]["health"], INSTANCE_PATH)
    trusted = ssl.create_default_context(cafile=overlay["ca_file"])

    def look() -> tuple[bool | None, str]:
        faults = client.get(url).raise_for_status().json()["faults"]
        return (fault in faults) or None, f"in force: {faults}"

    with httpx.Client(verify=trusted, timeout=5, trust_env=False) as client:
        wait_until(look, Deadline(service, f"fault {fault}", IN_FORCE_SECONDS))


def _fault(service: str, fault: str) -> World:
    def misbehaves(lab: LabHandle) -> AbstractContextManager[None]:
        return misbehaving(lab, service, fault)

    return misbehaves


for _service, _faults in FAULTS.items():
    for _fault_name in _faults:
        WORLDS[f"{_service}_{_fault_name}"] = _fault(_service, _fault_name)
