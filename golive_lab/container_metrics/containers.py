"""Each of the platform's processes as a container: its use by the operating system, and what a kubelet would count."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from golive_lab.files import read_json

PERIOD = 0.1
"""Seconds of one CFS period, as the kernel's default is."""
KILLED_FROM = 0.95
"""A process that ended with that share of its memory limit is taken for one that was killed for it."""


@dataclass(frozen=True)
class Limit:
    """What a container may use: cores, and bytes."""

    cores: float
    memory: int


@dataclass
class Container:
    """One process as its container. All but ``memory`` only ever grow, but for ``cpu`` when a new process begins."""

    limit: Limit
    pid: int = 0
    stamp: float = 0.0
    looked: float = 0.0
    """When its use was last read, on the monotonic clock; 0 for a process that nobody has looked at."""
    running: bool = False
    cpu: float = 0.0
    memory: int = 0
    periods: int = 0
    throttled: int = 0
    restarts: int = 0
    oom_kills: int = 0
    held_back: bool = False
    """Whether it was kept from running since its use was last read."""

    def is_now(self, pid: int, stamp: float) -> None:
        """Take note of the process that runs; another one than before is a restart."""
        if (pid, stamp) == (self.pid, self.stamp):
            return
        if self.pid:
            self.restarts += 1
            self.oom_kills += self.memory >= KILLED_FROM * self.limit.memory
        self.pid, self.stamp, self.looked, self.cpu, self.memory = pid, stamp, 0.0, 0.0, 0

    def look(self) -> None:
        """Read its use. Periods in which it used all that it may are those in which a kernel would throttle it."""
        try:
            process = psutil.Process(self.pid)
            times, held = process.cpu_times(), process.memory_info().rss
            self.running = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            self.running = False
            return
        if held:  # one that is ending holds nothing any more; what it held before tells what it was killed for
            self.memory = held
        now, before = time.monotonic(), self.looked
        used, self.cpu, self.looked = times.user + times.system - self.cpu, times.user + times.system, now
        if before:
            periods = max(1, round((now - before) / PERIOD))
            self.periods += periods
            self.throttled += periods if self.held_back or used >= self.limit.cores * (now - before) else 0
        self.held_back = False

    def hold_back(self) -> None:
        """Keep it from running for half a period, as a kernel does once all is used that may be used in one."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            process.suspend()
            self.held_back = True
            try:
                time.sleep(PERIOD / 2)
            finally:
                process.resume()


class Containers:
    """All of them, looked at every period by a thread. ``throttled`` says which are held back in each second period."""

    def __init__(
        self, state_file: Path, limits: Mapping[str, Limit], throttled: Callable[[], Collection[str]] = tuple
    ) -> None:
        self._state_file, self._throttled = state_file, throttled
        self._found = {name: Container(limit) for name, limit in limits.items()}
        self._lock = threading.Lock()
        self._read_at = 0
        self._over = threading.Event()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look for as long as the context is open; after it nobody is held back."""
        thread = threading.Thread(target=self._watch, name="containers", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        for turn in itertools.count():
            if self._over.wait(PERIOD):
                return
            self.look()
            for name in self._throttled() if turn % 2 else ():
                self._found[name].hold_back()

    def look(self) -> None:
        """Look once."""
        with self._lock:
            self._read_state()
            for container in self._found.values():
                if container.pid:
                    container.look()

    def now(self) -> dict[str, Container]:
        """Those that run or have run, by service, as they were at the last look."""
        with self._lock:
            return {name: Container(**vars(each)) for name, each in self._found.items() if each.pid}

    def _read_state(self) -> None:
        """Which process is which, as the lab's supervisor wrote it down last."""
        try:
            changed = self._state_file.stat().st_mtime_ns
        except OSError:
            return
        content = read_json(self._state_file) if changed != self._read_at else None
        if content is None:
            return
        self._read_at = changed
        for name, (pid, stamp) in content["processes"].items():
            if name in self._found:
                self._found[name].is_now(int(pid), float(stamp))
