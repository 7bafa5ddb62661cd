"""The supervisor's end of control.sock: one JSON line asks, one JSON line answers."""

from __future__ import annotations

import json
import os
import socketserver
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from golive.errors import CannotEstablish, LabUnavailable
from golive_lab.joining import wait_joined
from golive_lab.runner import Runner

LONGEST_PATH = 100
"""Bytes that a socket's path may have on every system that the lab runs on (104 on macOS, 108 on Linux)."""


class ControlServer:
    """Answers requests on a Unix socket that its owner alone may open; each connection has a thread."""

    def __init__(
        self, path: Path, runners: Mapping[str, Runner], about: Callable[[], dict[str, Any]], down: Callable[[], None]
    ) -> None:
        if len(os.fsencode(path)) > LONGEST_PATH:
            raise LabUnavailable("lab", f"{path} is too long for a socket", hint="set TMPDIR to a shorter folder")
        self.last_used = time.monotonic()
        self._runners, self._about, self._down = runners, about, down
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    self.wfile.write(json.dumps(owner.answer(line)).encode() + b"\n")

        previous = os.umask(0o177)
        try:
            self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        finally:
            os.umask(previous)
        self._server.daemon_threads = True

    def serve(self) -> None:
        """Answer from now on, in a thread of its own that ends with this process."""
        threading.Thread(target=self._server.serve_forever, name="control", daemon=True).start()

    def answer(self, line: bytes) -> dict[str, Any]:
        """The answer to one request; every error becomes ``{"ok": false, "error": ...}``."""
        self.last_used = time.monotonic()
        try:
            request = json.loads(line)
            return {"ok": True, **self._do(request)}
        except CannotEstablish as error:
            return {"ok": False, "error": str(error)}
        except Exception as error:  # noqa: BLE001 - whoever asked must learn of it; the lab goes on
            traceback.print_exception(error)
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}
        finally:
            self.last_used = time.monotonic()

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        do = request.get("do")
        if do == "status":
            return {**self._about(), "services": {name: runner.status() for name, runner in self._runners.items()}}
        if do == "join":
            wait_joined(self._runners)
            return {}
        if do == "down":
            self._down()
            return {}
        runner = self._runners.get(str(request.get("service")))
        if runner is None:
            raise LabUnavailable("lab", f"runs no {request.get('service')!r}; it runs: {', '.join(self._runners)}")
        actions: dict[str, Callable[[], None]] = {
            "start": lambda: runner.start(request.get("options", ())),
            "restart": lambda: runner.restart(request.get("options", ())),
            "stop": runner.stop,
            "kill": runner.kill,
            "freeze": runner.freeze,
            "thaw": runner.thaw,
        }
        if do not in actions:
            raise LabUnavailable("lab", f"cannot {do!r}; it can: {', '.join((*actions, 'status', 'join', 'down'))}")
        actions[do]()
        return {"state": runner.state.value}
