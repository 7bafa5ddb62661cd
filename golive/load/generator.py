"""The generator's processes: locust in a session of its own, which does not outlive whoever started it."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from golive.load import lifeline
from golive.load.files import FOLDER, LOG_FILE
from golive.load.plan import LoadPlan

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
LOOPBACK = "127.0.0.1"
WORKERS_WAIT_S = 60
"""Seconds that a master waits until all its workers are there."""
KEPT = ("PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH", "PYTHONHOME")
"""What the generator needs of the caller's environment."""
TAIL = 2000
"""Characters of the log that an error shows."""
ENDING_S = 3.0
"""Seconds from asking the generator to end until it is killed: enough to write the result so far."""


@dataclass(frozen=True)
class Master:
    """Where workers that somebody else starts, on this machine or others, find the master."""

    host: str = LOOPBACK
    port: int = 5557


class Generator:
    """Locust running one plan out of its folder. As a context manager: nothing of it is left afterwards."""

    def __init__(self, plan: LoadPlan, folder: Path, master: Master | None) -> None:
        self._log = folder / LOG_FILE
        command = [*_locust(plan), *_processes(plan, master)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment(folder) | {lifeline.PARENT: str(os.getpid())},
                start_new_session=True,
            )

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        """Process number of its first process, which leads its session."""
        return self._process.pid

    def tail(self) -> str:
        """The end of its log."""
        text = self._log.read_text(encoding="utf-8", errors="replace").strip()
        return text[-TAIL:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask it to end, then kill whatever is left of its session."""
        try:
            if self._process.poll() is None:
                self._process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(ENDING_S)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()


def worker_command(plan_file: str, master: Master, tokens_file: str = "") -> list[str]:
    """How one more generator process joins a master, on whatever machine: it needs the plan's file, and the tokens'."""
    tokens = ["--tokens", tokens_file] if tokens_file else []
    address = f"{master.host}:{master.port}"
    return ["python", "-m", "golive.load.join", "--master", address, "--plan", plan_file, *tokens]


def locust() -> list[str]:
    """Locust on our locustfile, without a web interface."""
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"]


def environment(folder: Path) -> dict[str, str]:
    """A small one: no secret of the caller's, none of locust's variables, and no settings file in somebody's home."""
    here = str(Path(__file__).parents[2])
    paths = [here, *(path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != here)]
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"HOME": str(folder), FOLDER: str(folder), "PYTHONPATH": os.pathsep.join(paths), "LC_ALL": "C.UTF-8"}


def _locust(plan: LoadPlan) -> list[str]:
    # All users come at once: they wait for the start together, and what they send is spread by the schedule.
    users = str(plan.users)
    stop = str(math.ceil(plan.pace_s))
    return [*locust(), "--only-summary", "--users", users, "--spawn-rate", users, "--stop-timeout", stop]


def _processes(plan: LoadPlan, master: Master | None) -> list[str]:
    if master is not None:
        waiting = ["--expect-workers", str(plan.processes), "--expect-workers-max-wait", str(WORKERS_WAIT_S)]
        return ["--master", "--master-bind-host", master.host, "--master-bind-port", str(master.port), *waiting]
    if plan.processes == 1:
        return []
    port = str(free_port())
    bound = ["--master-bind-host", LOOPBACK, "--master-bind-port", port]
    return ["--processes", str(plan.processes), *bound, "--master-host", LOOPBACK, "--master-port", port]


def free_port() -> int:
    """A port of this machine's loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
