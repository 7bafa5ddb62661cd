"""Bad worlds of the gateway that are not faults of its code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.worlds.registry import world


@world
@contextmanager
def gateway_other_ca(lab: LabHandle) -> Iterator[None]:
    """The gateway's certificate comes from an authority that nobody trusts."""
    lab.restart("gateway", ["other_ca"])
    try:
        yield
    finally:
        lab.restart("gateway")
