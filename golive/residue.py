"""Whose is what the suite has written: run, host and expiry stand in every name, so that it can be removed safely.

What an interrupted run left is removed once it is expired, or at once where this very host can see that the run's
process is gone. Anything that carries no such name is somebody else's and is never touched.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

LIFETIME = timedelta(hours=4)
"""Longer than any run; what a run on another host left is removed after it."""
_STAMP = "%Y%m%dT%H%M%SZ"
_PATTERN = re.compile(
    r"(?P<run>golive-(?P<host>[0-9a-f]{8})-(?P<pid>[1-9]\d{0,9})-(?P<started>\d{1,20})-(?P<random>[0-9a-f]{8}))"
    r"-until-(?P<expires>\d{8}T\d{6}Z)"
)


@dataclass(frozen=True)
class RunId:
    """The identity of one run. ``str()`` gives the prefix of everything it writes; ``parse`` reads that again.

    ``host`` stands for this boot of this machine and process namespace, as a hash: a process id means nothing
    outside of it. ``started`` is when the process began, in the host's own ticks.
    """

    host: str
    pid: int
    started: int
    random: str
    expires: datetime

    @classmethod
    def make(cls, *, now: datetime | None = None, lifetime: timedelta = LIFETIME) -> RunId:
        """A new run of this process."""
        expires = ((now or datetime.now(UTC)) + lifetime).replace(microsecond=0)
        pid = os.getpid()
        return cls(_this_host(), pid, _started(pid) or 0, secrets.token_hex(4), expires)

    @classmethod
    def parse(cls, text: str) -> RunId:
        """The run that ``str()`` wrote. Raises ValueError for any other text."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not the name of a run")
        expires = datetime.strptime(match["expires"], _STAMP).replace(tzinfo=UTC)
        return cls(match["host"], int(match["pid"]), int(match["started"]), match["random"], expires)

    @classmethod
    def owner_of(cls, name: str) -> RunId | None:
        """The run that wrote something of this name: its prefix up to the first slash. None where it was no run."""
        try:
            return cls.parse(name.partition("/")[0])
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.id}-until-{self.expires.strftime(_STAMP)}"

    @property
    def id(self) -> str:
        """The run without its expiry."""
        return f"golive-{self.host}-{self.pid}-{self.started}-{self.random}"

    @property
    def prefix(self) -> str:
        """How the name of everything begins that the run writes: run and expiry, in letters, digits and dashes."""
        return str(self)

    @property
    def is_of_this_host(self) -> bool:
        """Whether this process could see the run's process, were it alive."""
        return self.host == _this_host()

    def is_alive_here(self) -> bool:
        """Whether the run's process is still running on this host. False also for runs of other hosts."""
        return self.is_of_this_host and _started(self.pid) == self.started

    def expired(self, now: datetime | None = None) -> bool:
        """Whether the run's time is up; from that very second on."""
        return (now or datetime.now(UTC)) >= self.expires

    def may_be_removed(self, now: datetime | None = None) -> bool:
        """Whether nobody can need what the run wrote: it is expired, or its process on this host is gone."""
        return self.expired(now) or (self.is_of_this_host and not self.is_alive_here())


def _this_host() -> str:
    parts = (socket.gethostname(), _boot(), _namespace())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return str(int(psutil.boot_time()))


def _namespace() -> str:
    """The namespace of process ids: containers of one machine share its name and boot, but not their processes."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> int | None:
    """When the process began, in ticks since boot (Linux) or seconds since the epoch; None where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return int(stat.rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        pass
    if Path("/proc/self/stat").exists():
        return None
    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
