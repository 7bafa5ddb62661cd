"""The stand-in that tells of the platform's processes as though they were containers; see its package."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import httpx

from golive_lab.files import write_json
from golive_lab.folders import STATE
from golive_lab.platform.config import HOST, INSTANCE_PATH
from golive_lab.process import python_environment
from golive_lab.services.base import LabService, Launch

if TYPE_CHECKING:
    from golive_lab.context import Lab

MIB = 2**20
LIMITS: Mapping[str, tuple[float, int]] = {
    "gateway": (1.0, 512 * MIB),
    "prices": (0.6, 512 * MIB),
    "instruments": (0.4, 512 * MIB),
    "feeder": (0.4, 512 * MIB),
    "ingest": (0.6, 512 * MIB),
    "jobs": (0.6, 512 * MIB),
}
"""Cores and bytes that each service of the platform may use, as its manifest would say; nothing enforces them."""


class ContainerMetricsService(LabService):
    """One process with the pages of cAdvisor and of kube-state-metrics."""

    name: ClassVar[str] = "container_metrics"
    system: ClassVar[str] = "metrics"

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._instance = ""

    def launch(self) -> Launch:
        """The process; it finds the platform's own in the lab's state."""
        self._instance = uuid.uuid4().hex
        home = self.lab.data(self.name)
        settings = {
            "instance": self._instance,
            "port": self.current_port,
            "namespace": self.lab.configuration.cluster.application_namespace,
            "state_file": str(self.lab.folder / STATE),
            "faults_file": str(self.lab.faults_file),
            "limits": LIMITS,
        }
        write_json(home / "config.json", settings)
        argv = (sys.executable, "-P", "-m", "golive_lab.container_metrics", "--config", str(home / "config.json"))
        return Launch(argv, python_environment(), home)

    def ready(self) -> str | None:
        """Whether the very process of the last launch answers."""
        try:
            with httpx.Client(timeout=1, trust_env=False) as client:
                answer = client.get(f"http://{HOST}:{self.current_port}{INSTANCE_PATH}").raise_for_status().json()
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if answer.get("instance") == self._instance else "another process answers"
