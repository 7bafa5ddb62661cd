"""A server is down, is mute, or runs with another option: the same worlds for every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from golive_lab.control import LabHandle
from golive_lab.systems import PLATFORM
from golive_lab.worlds.registry import WORLDS, World

SERVERS = ("postgres", "clickhouse", "kafka", "object_storage", "keycloak", "gateway", "prices", "instruments")

OPTIONS = (
    ("postgres", "plaintext"),
    ("postgres", "other_ca"),
    ("clickhouse", "plaintext"),
    ("clickhouse", "other_ca"),
    ("kafka", "other_ca"),
    ("gateway", "other_ca"),
    ("object_storage", "without_suite"),
    ("object_storage", "open"),
)
"""Servers and options: ``plaintext`` answers without TLS too, ``other_ca`` has a certificate that nobody trusts,
``without_suite`` does not know the suite's keys, ``open`` asks nobody for keys."""


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


def _restarted(service: str, option: str) -> World:
    @contextmanager
    def restarted(lab: LabHandle) -> Iterator[None]:
        # Killed and started rather than restarted: some servers take seconds to end politely.
        lab.kill(service)
        lab.start(service, [option])
        try:
            yield
        finally:
            lab.kill(service)
            lab.start(service)

    return restarted


for _name in SERVERS:
    WORLDS[f"{_name}_stopped"] = _stopped(_name)
    WORLDS[f"{_name}_frozen"] = _frozen(_name)
WORLDS["all_services_stopped"] = _stopped(*PLATFORM)
WORLDS["all_services_frozen"] = _frozen(*PLATFORM)
for _name, _option in OPTIONS:
    WORLDS[f"{_name}_{_option}"] = _restarted(_name, _option)
