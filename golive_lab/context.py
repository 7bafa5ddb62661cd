"""What the services of one lab share: its folder, configuration, secrets, certificates and ports."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

from golive_lab.certificates import Authority
from golive_lab.configuration import Configuration
from golive_lab.secrets import Secrets

CHOICE = range(20_000, 32_000)
"""Below what systems give to outgoing connections, which could otherwise take a stopped server's port."""


class Ports:
    """Free loopback ports, chosen once a lab and remembered by name, so that a restart keeps its address."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, name: str) -> int:
        """The port of that name; chosen free on the first call."""
        with self._lock:
            while name not in self._taken:
                port = secrets.choice(CHOICE)
                if port not in self._taken.values() and _is_free(port):
                    self._taken[name] = port
            return self._taken[name]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def cache_folder() -> Path:
    """Where downloads, builds and templates are kept between labs (``$XDG_CACHE_HOME/golive``)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "golive"


@dataclass
class Lab:
    """One lab: ``folder`` holds everything it writes and is removed with it."""

    folder: Path
    configuration: Configuration
    secrets: Secrets
    authority: Authority
    ports: Ports = field(default_factory=Ports)
    cache: Path = field(default_factory=cache_folder)

    @property
    def faults_file(self) -> Path:
        """JSON, ``{service: [fault, ...]}``: how a world makes the reference platform misbehave."""
        return self.folder / "faults.json"

    def service_log(self, service: str) -> Path:
        """What that service of the platform logs, a line of JSON a record, for the shipper."""
        return self.data("service-logs") / f"{service}.log"

    def data(self, service: str) -> Path:
        """The service's own data folder, made on first use."""
        path = self.folder / service
        path.mkdir(parents=True, exist_ok=True)
        return path
