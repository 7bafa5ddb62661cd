"""The process that owns one lab: ``python -m golive_lab.supervisor --folder DIR --configuration NAME …``.

It starts the servers, tells of each step as a JSON line on its standard output, answers on control.sock, and
at its end kills every server and removes the folder. A lab that is not kept ends with its standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from golive.errors import BadInput, CannotEstablish, LabUnavailable, TimedOut
from golive_lab import folders, host, ledger, systems
from golive_lab.certificates import Authority
from golive_lab.configuration import Configuration
from golive_lab.context import Lab
from golive_lab.control_server import ControlServer
from golive_lab.files import scrub, write_json
from golive_lab.joining import wait_joined
from golive_lab.process import Spawner, end_helpers, start_stamp
from golive_lab.rehearsed import rehearsal
from golive_lab.runner import Runner, State
from golive_lab.secrets import Secrets
from golive_lab.statements import Statements
from golive_lab.turn import file_of_user, turn

EXIT_REFUSED = 2
ABORT_SECONDS = 5.0
REPORTED = frozenset({State.WAITING, State.PREPARING, State.STARTING, State.READY, State.FAILED})


class Supervisor:
    """One lab from its folder's making to its removal."""

    def __init__(self, folder: Path, configuration: Configuration, names: tuple[str, ...]) -> None:
        self.ending = threading.Event()
        self._folder, self._configuration = folder, configuration
        self._coming_up, self._awaiting = True, False
        self._bringing_up = threading.Thread(target=self._bring_up_or_end, name="bring-up", daemon=True)
        self._output_lock = threading.Lock()
        self._state_lock = threading.Lock()
        lab = _make_lab(folder, configuration)
        self._lab = lab
        # All are made, also those not asked for: the overlay must move every address of the target to this lab.
        self._services = systems.load(lab)
        self._spawner = Spawner()
        self._names = names
        spare = [name for name in systems.ON_DEMAND if self._services[name].needs <= set(names)]
        self.runners = {name: self._runner(name, State.WAITING) for name in names}
        self.runners |= {name: self._runner(name, State.STOPPED) for name in spare}
        self.control = ControlServer(folder / folders.SOCKET, self.runners, self._about, self.ending.set)

    def bring_up(self) -> dict[str, str]:
        """Start all servers in parallel; the reasons of those that failed, by name."""
        heavy = any(self._services[name].heavy for name in self._names)
        try:
            with turn(file_of_user(), self._awaits_turn) if heavy else nullcontext():
                return self._bring_up()
        except LabUnavailable:
            if self.ending.is_set():
                return {}
            raise

    def _awaits_turn(self, words: str) -> None:
        if self.ending.is_set():
            raise LabUnavailable("lab", "it is ending")
        if not self._awaiting:
            self._awaiting = True
            self.emit({"service": "lab", "state": State.WAITING.value, "words": words, "seconds": 0})

    def _bring_up(self) -> dict[str, str]:
        with ThreadPoolExecutor(max(1, len(self._names)), thread_name_prefix="runner") as threads:
            for name in self._names:
                threads.submit(self.runners[name].bring_up, self.runners)
        if self.ending.is_set():
            return {}
        failed = {name: runner.words for name, runner in self.runners.items() if runner.state is State.FAILED}
        try:
            wait_joined(self.runners)
        except TimedOut as late:  # the servers are up all the same, and the clients will say what they find
            self.emit({"service": "platform", "state": State.STARTING.value, "words": str(late), "seconds": 0})
        write_json(self._folder / folders.OVERLAY, self._overlay())
        self.emit({"event": "up", "failed": failed})
        self._coming_up = False
        return failed

    def begin(self) -> None:
        """Answer on the socket and bring the servers up, each in a thread; a mistake of the lab's own ends it."""
        self.control.serve()
        self._bringing_up.start()

    def _bring_up_or_end(self) -> None:
        try:
            self.bring_up()
        except Exception as error:  # noqa: BLE001 - nobody waits on this thread, so it tells and ends the lab
            traceback.print_exception(error)
            self.emit({"event": "error", "words": scrub(self._folder, f"{type(error).__name__}: {error}")})
            self.ending.set()

    def end(self) -> None:
        """Kill everything and remove the folder."""
        self._spawner.close()
        for runner in self.runners.values():
            runner.abort()
        end_helpers()
        for runner in self.runners.values():
            if runner.child is not None:
                runner.child.kill()
        if self._bringing_up.ident is not None:
            self._bringing_up.join(ABORT_SECONDS)  # what still writes into the folder would keep it alive
        folders.remove(self._folder)

    def emit(self, event: Mapping[str, Any]) -> None:
        """Write one event; a reader that has gone is no reason to end."""
        with self._output_lock:
            try:
                sys.stdout.write(json.dumps(event) + "\n")
                sys.stdout.flush()
            except (BrokenPipeError, ValueError):
                return

    def _runner(self, name: str, state: State) -> Runner:
        return Runner(self._services[name], self._spawner, self._announce, self._note_processes, state)

    def _announce(self, service: str, state: State, words: str, seconds: float) -> None:
        if self._coming_up and state in REPORTED:
            self.emit({"service": service, "state": state.value, "words": words, "seconds": round(seconds, 2)})

    def _note_processes(self) -> None:
        with self._state_lock:
            running = {name: runner.child for name, runner in self.runners.items() if runner.child is not None}
            folders.write_state(self._folder, {name: (child.pid, child.stamp) for name, child in running.items()})

    def _overlay(self) -> dict[str, Any]:
        merged: dict[str, Any] = {"ca_file": str(self._lab.authority.ca_file), **Statements(self._folder).overlay()}
        for service in self._services.values():
            _merge(merged, service.overlay())
        return merged

    def _about(self) -> dict[str, Any]:
        return {
            "folder": str(self._folder),
            "pid": os.getpid(),
            "configuration": self._configuration.name,
            "digest": self._configuration.digest,
            "names": self._configuration.names.model_dump(),
            "cluster": self._configuration.cluster.model_dump(),
            "up": not self._coming_up,
        }


def main() -> int:
    """Run one lab to its end; exit status 2 when it could not even begin, with the reason on standard error."""
    arguments = _arguments()
    try:
        host.require_supported()
        configuration = Configuration.load(arguments.configuration)
        folders.remove_leftovers()
        _make_folder(arguments.folder)
        try:
            return _run(arguments, configuration)
        finally:
            folders.remove(arguments.folder)
    except (CannotEstablish, BadInput, LookupError) as error:
        print(f"golive lab: {error}", file=sys.stderr)  # noqa: T201 - this process's own error output
        return EXIT_REFUSED


def _run(arguments: argparse.Namespace, configuration: Configuration) -> int:
    supervisor = Supervisor(arguments.folder, configuration, tuple(filter(None, arguments.services.split(","))))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.ending.set())
    if arguments.keep:
        _register(arguments, configuration)
    else:
        threading.Thread(target=_end_with_input, args=(supervisor.ending,), name="input", daemon=True).start()
    _log_to_file(arguments.folder / "logs" / "supervisor.log")
    try:
        supervisor.begin()
        _await_end(supervisor, arguments.idle_hours * 3600 if arguments.keep else None)
    finally:
        supervisor.end()
        if arguments.keep:
            folders.unregister(arguments.name, os.getpid())
    sys.stdout.flush()
    os._exit(0)  # threads that still wait for a server must not hold the end up


def _await_end(supervisor: Supervisor, idle_seconds: float | None) -> None:
    if idle_seconds is None:
        supervisor.ending.wait()
        return
    while time.monotonic() - supervisor.control.last_used < idle_seconds:
        remaining = idle_seconds - (time.monotonic() - supervisor.control.last_used)
        if supervisor.ending.wait(max(0.1, remaining)):
            return


def _end_with_input(ending: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    ending.set()


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o711)
    folder.chmod(0o711)  # whatever the umask: a server without rights passes through to its own folder
    folders.write_state(folder, {})
    (folder / "logs").mkdir(mode=0o700)


def _make_lab(folder: Path, configuration: Configuration) -> Lab:
    lab = Lab(folder, configuration, Secrets(folder / "secrets"), Authority(folder / "certificates"))
    write_json(lab.faults_file, {})
    Statements(folder).make(configuration.target, configuration.platform.release)
    ledger.make(Statements(folder))
    rehearsal(Statements(folder)).enter()
    return lab


def _register(arguments: argparse.Namespace, configuration: Configuration) -> None:
    kept = folders.Kept(
        name=arguments.name,
        folder=str(arguments.folder),
        pid=os.getpid(),
        stamp=start_stamp(os.getpid()) or 0.0,
        configuration=configuration.name,
        digest=configuration.digest,
        started=time.time(),
    )
    if not folders.register(kept):
        raise BadInput(
            f"a lab named {arguments.name!r} is up already", suggestion=f"golive lab status --name {arguments.name}"
        )


def _log_to_file(path: Path) -> None:
    """From here on what goes wrong stands in the lab's folder, not on the terminal of whoever began it."""
    with path.open("ab") as log:
        os.dup2(log.fileno(), 2)


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        below = base.get(key)
        if isinstance(value, Mapping) and isinstance(below, dict):
            _merge(below, value)
        else:
            base[key] = dict(value) if isinstance(value, Mapping) else value


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="golive_lab.supervisor", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="made by the supervisor, removed at the end")
    parser.add_argument("--configuration", required=True)
    parser.add_argument("--services", required=True, help="names, separated by commas")
    parser.add_argument("--keep", action="store_true", help="end on `down` or after idle hours, not with the input")
    parser.add_argument("--name", default="lab")
    parser.add_argument("--idle-hours", type=float, default=8.0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
