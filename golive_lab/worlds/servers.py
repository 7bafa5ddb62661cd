"""A server is down, or accepts connections and never answers: the same two worlds for every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from golive_lab.control import LabHandle
from golive_lab.systems import PLATFORM
from golive_lab.worlds.registry import WORLDS, World

SERVERS = ("postgres", "clickhouse", "kafka", "object_storage", "keycloak", "gateway", "prices", "instruments")


def _stopped(*services: str) -> World:
    @contextmanager
    def stopped(lab: LabHandle) -> Iterator[None]:
        with ExitStack() as undo:
            for service in services:
                lab.kill(service)
                undo.callback(lab.start, service)
            yield

    return stopped


def _frozen(*services: str) -> World:
    @contextmanager
    def frozen(lab: LabHandle) -> Iterator[None]:
        with ExitStack() as undo:
            for service in services:
                lab.freeze(service)
                undo.callback(lab.thaw, service)
            yield

    return frozen


for _name in SERVERS:
    WORLDS[f"{_name}_stopped"] = _stopped(_name)
    WORLDS[f"{_name}_frozen"] = _frozen(_name)
WORLDS["all_services_stopped"] = _stopped(*PLATFORM)
WORLDS["all_services_frozen"] = _frozen(*PLATFORM)
