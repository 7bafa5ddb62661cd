"""The reference platform misbehaves: one world for each fault that its services know."""

from __future__ import annotations

from contextlib import AbstractContextManager

from golive_lab.control import LabHandle
from golive_lab.platform.faults import FAULTS
from golive_lab.worlds.registry import WORLDS, World


def _fault(service: str, fault: str) -> World:
    def misbehaves(lab: LabHandle) -> AbstractContextManager[None]:
        return lab.fault(service, fault)

    return misbehaves


for _service, _faults in FAULTS.items():
    for _fault_name in _faults:
        WORLDS[f"{_service}_{_fault_name}"] = _fault(_service, _fault_name)
