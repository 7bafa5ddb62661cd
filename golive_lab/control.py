"""Talk to a running lab: what worlds, the CLI and the provider use to ask its supervisor."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from golive.errors import LabUnavailable
from golive_lab.files import read_json, write_json
from golive_lab.folders import OVERLAY, SOCKET

ANSWER_SECONDS = 180.0
"""A restart answers only once the server is ready and settled again; Keycloak takes half a minute."""


class LabHandle:
    """One running lab, by its folder. Methods raise LabUnavailable, with the supervisor's words, when it refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # the servers

    def start(self, service: str, options: Iterable[str] = ()) -> None:
        """Start a stopped, killed or dead server on its old data and ports; returns when it is ready and settled."""
        self.ask("start", service=service, options=sorted(options))

    def restart(self, service: str, options: Iterable[str] = ()) -> None:
        """Stop and start a server. ``options`` (``plaintext``, ``other_ca`` ...) hold until its next start."""
        self.ask("restart", service=service, options=sorted(options))

    def stop(self, service: str) -> None:
        """Ask the server to end (killed after 10 s); its port then refuses."""
        self.ask("stop", service=service)

    def kill(self, service: str) -> None:
        """SIGKILL to the server and all its descendants."""
        self.ask("kill", service=service)

    def freeze(self, service: str) -> None:
        """SIGSTOP: connections are accepted by the kernel, and nothing answers."""
        self.ask("freeze", service=service)

    def thaw(self, service: str) -> None:
        """Undo freeze."""
        self.ask("thaw", service=service)

    def status(self) -> dict[str, Any]:
        """What the lab is and does.

        ``services``: a table a server (state, words, pid, port, memory_mib, uptime in seconds); ``names``: those of
        its configuration (postgres_role, suite_bucket ...); ``configuration``, ``digest``, ``folder``, ``pid``, ``up``.
        """
        return self.ask("status")

    def join(self) -> None:
        """Return once the platform has reached all servers that run, again if they were away."""
        self.ask("join")

    def down(self) -> None:
        """Ask the lab to end; returns once it has agreed, before everything is gone."""
        self.ask("down")

    # its files

    def overlay(self) -> dict[str, Any]:
        """What the lab puts over the target file. Raises LabUnavailable while it is not up."""
        overlay = read_json(self.folder / OVERLAY)
        if overlay is None:
            raise LabUnavailable("lab", f"{self.folder} has no {OVERLAY}: the lab is not up yet, or gone")
        return overlay

    def secret(self, name: str) -> str:
        """A secret of the lab by name. Raises LabUnavailable when it has none of that name."""
        path = self.folder / "secrets" / name
        if not path.is_file():
            raise LabUnavailable("lab", f"has no secret named {name!r}")
        return path.read_text(encoding="utf-8")

    @contextlib.contextmanager
    def fault(self, service: str, fault: str) -> Iterator[None]:
        """While the block runs, ``service`` of the reference platform has that fault (see faults.json)."""
        self._change_faults(service, lambda faults: [*faults, fault])
        try:
            yield
        finally:
            self._change_faults(service, lambda faults: _without(faults, fault))

    def _change_faults(self, service: str, change: Callable[[list[str]], list[str]]) -> None:
        path = self.folder / "faults.json"
        with FileLock(f"{path}.lock"):
            faults = read_json(path) or {}
            faults[service] = change(faults.get(service, []))
            write_json(path, {name: listed for name, listed in faults.items() if listed})

    # the supervisor

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        """Send one request and return its answer without ``ok``. Raises LabUnavailable."""
        request = json.dumps({"do": do, **more}).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(ANSWER_SECONDS)
                connection.connect(str(self.folder / SOCKET))
                connection.sendall(request)
                with connection.makefile("rb") as answers:
                    line = answers.readline()
        except TimeoutError:
            raise LabUnavailable("lab", f"its supervisor did not answer {do!r} in {ANSWER_SECONDS:g} s") from None
        except OSError as error:
            raise LabUnavailable("lab", f"its supervisor cannot be reached: {error.strerror or error}") from error
        if not line.endswith(b"\n"):
            raise LabUnavailable("lab", f"its supervisor ended while it did {do!r}")
        answer: dict[str, Any] = json.loads(line)
        if not answer.pop("ok"):
            raise LabUnavailable("lab", f"{do} {more.get('service', '')}".strip() + f": {answer['error']}")
        return answer


def _without(faults: list[str], fault: str) -> list[str]:
    """The list with that fault taken out once: another world may have set the same one."""
    kept = list(faults)
    if fault in kept:
        kept.remove(fault)
    return kept
