"""The life of one server: prepare, launch, ready, settle; and stop, kill, freeze, thaw, restart."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from golive.errors import CannotEstablish, LabUnavailable
from golive.waiting import Deadline, wait_until
from golive_lab.files import scrub
from golive_lab.process import Child, Spawner, memory_mib
from golive_lab.services.base import LabService, Options

STOP_SECONDS = 10.0


class State(StrEnum):
    """Where a server stands. The first five are reported while the lab comes up."""

    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"
    FROZEN = "frozen"
    DEAD = "dead"
    """It was ready and ended by itself; the lab never repairs that."""


Announce = Callable[[str, State, str, float], None]
"""``announce(service, state, words, seconds)``; seconds since the lab began."""


class Runner:
    """Runs one server of the lab. Every public method may be called from any thread.

    It begins as WAITING to be brought up, or as STOPPED where only a world will ever start it.
    """

    def __init__(
        self,
        service: LabService,
        spawner: Spawner,
        announce: Announce,
        changed: Callable[[], None],
        state: State = State.WAITING,
    ) -> None:
        self.service = service
        self.name = service.name
        self.child: Child | None = None
        self.settled = threading.Event()
        """Set once the server is ready and settled, or has failed."""
        self._spawner, self._announce, self._changed = spawner, announce, changed
        self._state, self._words = state, ""
        self._began = time.monotonic()
        self._launched = 0.0
        self._stop_signal = signal.SIGTERM
        self._aborted = False
        self._prepared = False
        self._lock = threading.RLock()

    # what it is

    @property
    def state(self) -> State:
        """The state as of now."""
        running = self._state in {State.READY, State.FROZEN}
        ended = self.child is not None and self.child.exit_status is not None
        return State.DEAD if running and ended else self._state

    @property
    def words(self) -> str:
        """What goes on, or why it failed."""
        if self.state is State.DEAD and self.child is not None:
            return f"ended by itself: {ending(self.child.exit_status)}"
        return self._words

    def status(self) -> dict[str, Any]:
        """State, words, pid, port, memory in MiB and uptime in seconds; None where there is no such thing now."""
        child = self.child if self.child is not None and self.child.exit_status is None else None
        return {
            "state": self.state.value,
            "words": self.words,
            "pid": child.pid if child else None,
            "port": self.service.current_port,
            "memory_mib": round(memory_mib(child.pid), 1) if child else None,
            "uptime": round(time.monotonic() - self._launched, 1) if child else None,
        }

    # bringing up

    def bring_up(self, others: Mapping[str, Runner]) -> None:
        """Go from nothing to settled; ends in READY or FAILED and never raises."""
        try:
            with self._lock:
                self._prepare()
                self._await_needs(others)
                self._run()
        except Exception as error:  # noqa: BLE001 - whatever a server raises makes that server FAILED, in words
            self._fail(error)
        finally:
            self.settled.set()

    def abort(self) -> None:
        """End a coming up at its next step; the lab is ending."""
        self._aborted = True

    def start(self, options: Iterable[str] = ()) -> None:
        """Launch on the same data and ports; returns when ready and settled. Raises CannotEstablish."""
        with self._lock:
            if self.child is not None and self.child.exit_status is None:
                raise LabUnavailable(self.name, f"it runs already (pid {self.child.pid}); restart it instead")
            self.service.options = Options(frozenset(options))
            try:
                if not self._prepared:
                    self._prepare()
                self._run()
            except Exception as error:
                self._fail(error)
                raise

    def restart(self, options: Iterable[str] = ()) -> None:
        """Stop and start; ``options`` hold until the next start."""
        with self._lock:
            self.stop()
            self.start(options)

    # taking down

    def stop(self) -> None:
        """Ask the server to end as its operator would; kill it after 10 s."""
        with self._lock:
            child = self._thawed()
            if child is not None:
                child.stop(self._stop_signal, STOP_SECONDS)
            self._set(State.STOPPED)

    def kill(self) -> None:
        """SIGKILL to the whole tree."""
        with self._lock:
            if self.child is not None:
                self.child.kill()
            self._set(State.STOPPED)

    def freeze(self) -> None:
        """SIGSTOP to the whole tree: connections open and nothing answers. Raises LabUnavailable if not running."""
        with self._lock:
            self._running().send(signal.SIGSTOP)
            self._set(State.FROZEN)

    def thaw(self) -> None:
        """Undo freeze. Raises LabUnavailable if not running."""
        with self._lock:
            self._running().send(signal.SIGCONT)
            self._set(State.READY)

    # inside

    def _prepare(self) -> None:
        self._set(State.PREPARING)
        self.service.prepare(self._progress)
        self._prepared = True

    def _run(self) -> None:
        self._check_aborted()
        self._set(State.STARTING)
        launch = self.service.launch()
        self._stop_signal = launch.stop_signal
        logs = self.service.lab.folder / "logs"
        self.child = self._spawner.spawn(launch, logs / f"{self.name}.log")
        self._launched = time.monotonic()
        self._changed()
        child = self.child
        deadline = Deadline(self.name, "getting ready", self.service.ready_seconds)
        wait_until(lambda: self._probe(child), deadline)
        self.service.settle(self._progress)
        self._set(State.READY)

    def _probe(self, child: Child) -> tuple[bool | None, str]:
        self._check_aborted()
        if child.exit_status is not None:
            raise LabUnavailable(self.name, f"ended while it got ready: {ending(child.exit_status)}; see {self._log}")
        words = self.service.ready()
        return (True, "") if words is None else (None, words)

    @property
    def _log(self) -> Path:
        return self.service.lab.folder / "logs" / f"{self.name}.log"

    def _await_needs(self, others: Mapping[str, Runner]) -> None:
        needs = [others[name] for name in sorted(self.service.needs) if name in others]
        for need in needs:
            if not need.settled.is_set():
                self._set(State.WAITING, f"for {need.name}")
            # Ends with the other's own deadlines, which are the names a reader should see.
            need.settled.wait()
            if need.state is State.FAILED:
                raise LabUnavailable(self.name, f"needs {need.name}, which failed")

    def _fail(self, error: Exception) -> None:
        if self.child is not None:
            self.child.kill()
        if isinstance(error, CannotEstablish):
            words = f"{error.message}; {error.hint}" if error.hint else error.message
        else:
            words = f"{type(error).__name__}: {error}"
            traceback.print_exception(error)  # a mistake of the lab's: to logs/supervisor.log
        self._set(State.FAILED, scrub(self.service.lab.folder, words))

    def _check_aborted(self) -> None:
        if self._aborted:
            raise LabUnavailable("lab", "it is ending")

    def _progress(self, words: str) -> None:
        self._check_aborted()
        self._set(self._state, words)

    def _running(self) -> Child:
        if self.child is None or self.child.exit_status is not None:
            raise LabUnavailable(self.name, f"it does not run (state: {self.state})")
        return self.child

    def _thawed(self) -> Child | None:
        if self._state is State.FROZEN and self.child is not None:
            self.child.send(signal.SIGCONT)  # a stopped process never sees SIGTERM
        return self.child

    def _set(self, state: State, words: str = "") -> None:
        self._state, self._words = state, words
        self._announce(self.name, state, words, time.monotonic() - self._began)


def ending(exit_status: int | None) -> str:
    """How a process ended, in words."""
    if exit_status is None:
        return "it still runs"
    if exit_status >= 0:
        return f"exit status {exit_status}"
    return f"signal {signal.Signals(-exit_status).name}"
