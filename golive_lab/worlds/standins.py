"""Bad worlds of what others run: each fault that a stand-in knows."""

from __future__ import annotations

from contextlib import AbstractContextManager

from golive_lab.control import LabHandle
from golive_lab.standins import change, grafana, pagerduty, pages, registry_tokens, status_page, vault
from golive_lab.standins.base import COMMON
from golive_lab.worlds.registry import WORLDS, World

VENDORS = {
    "pagerduty": pagerduty.FAULTS,
    "change": change.FAULTS,
    "status_page": status_page.FAULTS,
    "pages": pages.FAULTS,
    "grafana": grafana.FAULTS,
    "vault": vault.FAULTS,
    "registry_tokens": registry_tokens.FAULTS,
}


def _faulty(vendor: str, fault: str) -> World:
    def told_otherwise(lab: LabHandle) -> AbstractContextManager[None]:
        return lab.fault(vendor, fault)

    return told_otherwise


for _vendor, _faults in VENDORS.items():
    for _fault in {**COMMON, **_faults}:
        WORLDS[f"{_vendor}_{_fault}"] = _faulty(_vendor, _fault)
