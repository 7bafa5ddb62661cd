"""The zone of the public names: two authoritative servers and a recursive one, in one process.

Options: ``stale_second`` serves old addresses from the second server, ``all_stale`` from both; ``api_missing`` lacks a
host; ``long_ttl`` lets everybody keep the records for a day.
"""

from __future__ import annotations

import socket
import sys
from typing import Any, ClassVar

from golive_lab.files import write_json
from golive_lab.process import python_environment
from golive_lab.services.base import LabService, Launch
from golive_lab.zone import zone

HOST = "127.0.0.1"
ASK = bytes.fromhex("60a101000001000000000000076578616d706c6504746573740000060001")
"""A query for the SOA of example.test: any answer shows that somebody serves."""


class DnsService(LabService):
    """One process with three servers."""

    name: ClassVar[str] = "dns"
    system: ClassVar[str] = "dns"
    ready_seconds: ClassVar[float] = 20

    def launch(self) -> Launch:
        """The servers, on the zone that the options ask for."""
        home = self.lab.data(self.name)
        zones = {port: zone(self.options.names, number) for number, port in enumerate(self._ports, 1)}
        write_json(home / "config.json", {"authoritative": zones, "recursive": self._recursive})
        argv = (sys.executable, "-P", "-m", "golive_lab.name_server", "--config", str(home / "config.json"))
        return Launch(argv, python_environment(), home)

    def ready(self) -> str | None:
        """Ready once each server answers over TCP and UDP."""
        for port in (*self._ports, self._recursive):
            try:
                socket.create_connection((HOST, port), timeout=0.5).close()
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                    asking.settimeout(0.5)
                    asking.sendto(ASK, (HOST, port))
                    asking.recv(512)
            except OSError as error:
                return f"port {port}: {error.strerror or error}"
        return None

    def overlay(self) -> dict[str, Any]:
        """Where the servers are."""
        return {
            "dns": {
                "authoritative": [f"{HOST}:{port}" for port in self._ports],
                "recursive": f"{HOST}:{self._recursive}",
            }
        }

    @property
    def _ports(self) -> tuple[int, int]:
        return self.lab.ports.take("dns"), self.lab.ports.take("dns_second")

    @property
    def _recursive(self) -> int:
        return self.lab.ports.take("dns_recursive")
