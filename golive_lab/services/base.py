"""What every server of the lab describes about itself; the supervisor does the rest.

A service never starts a process that outlives one of its own methods: it returns a ``Launch`` and the
supervisor spawns it in a session of its own, with the parent-death signal, and kills its whole group.
"""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from golive_lab.context import Lab

Progress = Callable[[str], None]
"""Called with a few words whenever a service goes on to a next step that may take over a second."""


@dataclass(frozen=True)
class Launch:
    """One process to run. ``uid`` and ``gid`` drop privileges where the lab runs as root."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    uid: int | None = None
    gid: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass
class Options:
    """Switches that a world may set for the next launch of a service (``plaintext``, ``other_ca`` ...)."""

    names: frozenset[str] = field(default_factory=frozenset)


class LabService(ABC):
    """One server of the lab."""

    name: ClassVar[str]
    """What ``golive lab status``, the log file ``<folder>/logs/<name>.log`` and the worlds call it."""
    system: ClassVar[str]
    """What it serves in the target: postgres, clickhouse, kafka, object_storage, identity, gateway, services,
    logs, metrics, source, registry, pagerduty, change, status_page,
    runbooks, documentation, grafana, alertmanager."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Names of the services whose ``settle`` must be over before this one is launched."""
    ready_seconds: ClassVar[float] = 60
    """How long the supervisor waits for ``ready`` before it gives the service up."""
    heavy: ClassVar[bool] = False
    """Whether its start keeps a core busy for many seconds: labs with such servers come up one after the other."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.options = Options()

    @property
    def current_port(self) -> int:
        """Where it listens: its own port, or with the option ``behind`` another, so that a proxy takes its place."""
        return self.lab.ports.take(f"{self.name}_behind" if "behind" in self.options.names else self.name)

    def prepare(self, progress: Progress) -> None:  # noqa: B027 - few services have nothing to prepare
        """Fetch, unpack, build, write configuration. Idempotent; slow parts are cached under ``lab.cache``."""

    @abstractmethod
    def launch(self) -> Launch:
        """The process to run now; called again for every restart, on the same data folder and ports."""

    @abstractmethod
    def ready(self) -> str | None:
        """None once the server answers as itself; otherwise its state in words. Never blocks over 2 s."""

    def joined(self, running: frozenset[str], since: float = float("-inf")) -> str | None:  # noqa: ARG002 - see platform
        """None where it lacks none of the ``running`` servers that it uses, reached after ``since``; else in words."""
        return None

    def settle(self, progress: Progress) -> None:  # noqa: B027 - some services need no settling
        """After the first ready: roles, schemas, topics, buckets. Idempotent; runs again after a restart."""

    def overlay(self) -> dict[str, Any]:
        """Addresses, ports and secret files for the target, nested as in the target file."""
        return {}
