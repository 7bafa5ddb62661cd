"""Start a supervisor and follow it until its lab is up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from golive.errors import LabUnavailable
from golive_lab import host
from golive_lab.configuration import Configuration
from golive_lab.process import python_environment

Report = Callable[[str, str, str], None]
END_SECONDS = 30.0


@dataclass(frozen=True)
class Keep:
    """A lab that stays when whoever began it goes; it ends on ``down`` or after idle hours."""

    name: str
    idle_hours: float


class SupervisorProcess:
    """A supervisor as its parent sees it; it ends with our end of its standard input, unless kept."""

    def __init__(
        self, folder: Path, configuration: Configuration, services: Iterable[str], keep: Keep | None = None
    ) -> None:
        """Start it. Raises LabUnavailable on a host that the lab does not run on."""
        host.require_supported()
        self.folder = folder
        argv = [
            sys.executable,
            "-P",
            "-m",
            "golive_lab.supervisor",
            "--folder",
            str(folder),
            "--configuration",
            configuration.name,
            "--services",
            ",".join(services),
        ]
        if keep is not None:
            argv += ["--keep", "--name", keep.name, "--idle-hours", str(keep.idle_hours)]
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL if keep else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )

    def follow(self, report: Report) -> dict[str, str]:
        """Pass every step on until the lab is up; the reasons of the servers that failed, by name.

        Raises LabUnavailable when the supervisor ends before that.
        """
        for event in self._events():
            if event.get("event") == "up":
                return dict(event["failed"])
            if event.get("event") == "error":
                raise LabUnavailable("lab", f"its supervisor failed: {event['words']}")
            report(event["service"], event["state"], event["words"])
        raise LabUnavailable("lab", f"its supervisor ended before the lab was up: {self._last_words()}")

    def end(self) -> None:
        """Close its input (or, for a kept one, ask it by signal) and wait until everything is gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        else:
            self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its servers die with it, and the next start removes the folder
            self._process.wait()

    def _events(self) -> Iterable[dict[str, Any]]:
        for line in self._process.stdout or ():
            yield json.loads(line)

    def _last_words(self) -> str:
        status = self._process.wait()
        said = self._process.stderr.read().decode(errors="replace").strip() if self._process.stderr else ""
        return said.removeprefix("golive lab: ") or f"exit status {status}"


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": python_environment()["PYTHONPATH"]}
