"""What the services of one lab share: its folder, configuration, secrets, certificates and ports."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from golive_lab.certificates import Authority
from golive_lab.configuration import Configuration
from golive_lab.secrets import Secrets

CHOICE = range(20_000, 32_000)
"""Below what systems give to outgoing connections, which could otherwise take a stopped server's port."""


class Ports:
    """Free loopback ports, chosen once a lab and remembered by name, so that a restart keeps its address.

    Each is reserved among the user's labs until this process ends, by a lock on the byte of that number in one empty
    file: that it is free says nothing of another lab whose server is about to take it, and two labs of sixty servers
    would meet every third time.
    """

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._lock = threading.Lock()
        # Never closed: that would give up the process's locks on this file.
        self._reservations = os.open(_reservations_file(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, name: str) -> int:
        """The port of that name; chosen free on the first call."""
        with self._lock:
            while name not in self._taken:
                port = secrets.choice(CHOICE)
                if port not in self._taken.values() and self._reserve(port) and _is_free(port):
                    self._taken[name] = port
            return self._taken[name]

    def _reserve(self, port: int) -> bool:
        try:
            fcntl.lockf(self._reservations, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except (BlockingIOError, PermissionError):
            return False
        return True


def _reservations_file() -> Path:
    return Path(tempfile.gettempdir()) / f"golive-ports-{os.getuid()}"


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
