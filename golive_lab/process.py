"""Processes of the lab: each in a session of its own, and none outlives the supervisor, whatever ends it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import psutil

from golive.errors import LabUnavailable
from golive_lab.services.base import Launch

PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child of a threaded process must not take the dynamic loader's lock.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

_helpers: set[subprocess.Popen[bytes]] = set()
_helpers_lock = threading.Lock()
_ending = threading.Event()


def die_with_parent() -> Callable[[], None]:
    """A ``preexec_fn``: the child is killed when the thread that forked it ends (Linux; elsewhere it does nothing).

    Popen changes the user before it calls this, as it must: a change of user clears the parent-death signal.
    """
    parent = os.getpid()

    def set_signal() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the parent ended between fork and prctl
            os._exit(1)

    return set_signal


def start_stamp(pid: int) -> float | None:
    """When the process started, to tell it from a later one of the same number; None when it is not alive.

    Only comparable with other stamps of this host and boot: on Linux it counts clock ticks since the boot,
    which no change of the wall clock moves.
    """
    try:
        if sys.platform == "linux":
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            return None if fields[0] in "ZX" else float(fields[19])
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (OSError, psutil.Error, IndexError):
        return None


def is_alive(pid: int, stamp: float) -> bool:
    """Whether that very process still runs."""
    return start_stamp(pid) == stamp


def signal_tree(pid: int, number: signal.Signals) -> None:
    """Signal a process, its group and all its descendants; those that are gone already are no error."""
    targets = [pid, *descendants(pid)]
    _quietly(os.killpg, pid, number)
    for one in targets:
        # A server's workers may sit in groups of their own, as PostgreSQL's do.
        _quietly(os.kill, one, number)


def descendants(pid: int) -> list[int]:
    """Process numbers of all descendants."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def memory_mib(pid: int) -> float:
    """Resident memory of a process and its descendants, in MiB; shared pages are counted in each."""
    total = 0
    for one in (pid, *descendants(pid)):
        try:
            total += psutil.Process(one).memory_info().rss
        except psutil.Error:
            continue  # it ended meanwhile
    return total / 2**20


class Child:
    """A server's process, leader of its own session."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.pid = process.pid
        self.stamp = start_stamp(process.pid) or 0.0

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self.process.poll()

    def send(self, number: signal.Signals) -> None:
        """Signal the whole tree."""
        if self.exit_status is None:
            signal_tree(self.pid, number)

    def stop(self, number: signal.Signals, seconds: float) -> bool:
        """Ask the server to end, and kill its tree when it has not after ``seconds``; whether asking was enough."""
        below = descendants(self.pid)
        if self.exit_status is None:
            _quietly(os.kill, self.pid, number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        for one in below:
            _quietly(os.kill, one, signal.SIGKILL)
        return True

    def kill(self) -> None:
        """SIGKILL to the whole tree; returns when the server is gone."""
        signal_tree(self.pid, signal.SIGKILL)
        self.process.wait()


class Spawner:
    """Forks every server from one thread that lives as long as this process.

    The parent-death signal follows the *thread* that forked, so a thread that ends would take its servers along.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spawner")
        self._open = True

    def spawn(self, launch: Launch, log: Path) -> Child:
        """Start the server with its output appended to ``log``. Raises LabUnavailable when it cannot be executed."""
        return self._thread.submit(self._spawn, launch, log).result()

    def close(self) -> None:
        """Start nothing more; whoever asks gets LabUnavailable."""
        self._thread.submit(self._close).result()

    def _close(self) -> None:
        self._open = False

    def _spawn(self, launch: Launch, log: Path) -> Child:
        if not self._open:
            raise LabUnavailable("lab", "it is ending")
        with log.open("ab") as output:
            return Child(
                _popen(
                    launch.argv,
                    launch.env,
                    launch.cwd,
                    launch.uid,
                    launch.gid,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    uid: int | None = None,
    gid: int | None = None,
    stdin: str = "",
    seconds: float = 120,
) -> str:
    """Run a helper (initdb, a build) to its end and return its output, standard error included.

    It dies with the supervisor like the servers do. Raises LabUnavailable with the end of the output when it
    fails, or when it takes longer than ``seconds``.
    """
    words = [str(word) for word in argv]
    name = Path(words[0]).name
    with _helpers_lock:
        if _ending.is_set():
            raise LabUnavailable("lab", "it is ending")
        helper = _popen(
            words, env, cwd, uid, gid, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        _helpers.add(helper)
    try:
        output = helper.communicate(stdin.encode(), timeout=seconds)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        raise LabUnavailable("lab", f"{name} took longer than {seconds:g} s") from None
    finally:
        with _helpers_lock:
            _helpers.discard(helper)
        if helper.poll() is None:
            signal_tree(helper.pid, signal.SIGKILL)
            helper.wait()
    if helper.returncode:
        raise LabUnavailable("lab", f"{name} ended with status {helper.returncode}: {output.strip()[-2000:]}")
    return output


def end_helpers() -> None:
    """SIGKILL every helper that still runs; none is started after."""
    with _helpers_lock:
        _ending.set()
        running = list(_helpers)
    for helper in running:
        signal_tree(helper.pid, signal.SIGKILL)


def environment(**more: str) -> dict[str, str]:
    """A small environment for a server: a search path, UTC, UTF-8, and nothing secret of the caller's."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "SSL_CERT_FILE") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}


def python_environment(**more: str) -> dict[str, str]:
    """The same for ``python -m golive_lab…``: this package is found there even where it is not installed."""
    here = str(Path(__file__).parent.parent)
    paths = [here, *(path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != here)]
    kept = {name: os.environ[name] for name in ("PYTHONHOME", "LD_LIBRARY_PATH") if name in os.environ}
    return environment(PYTHONPATH=os.pathsep.join(paths), PYTHONUNBUFFERED="1", **kept, **more)


def _popen(  # noqa: PLR0913 - one place that knows how the lab starts processes
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    uid: int | None,
    gid: int | None,
    *,
    stdin: int,
    stdout: int | IO[bytes],
    stderr: int,
) -> subprocess.Popen[bytes]:
    dropped: dict[str, Any] = {} if uid is None else {"user": uid, "group": gid, "extra_groups": []}
    try:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - only prctl through a loaded libc, see above
            **dropped,
        )
    except OSError as error:
        raise LabUnavailable("lab", f"cannot start {argv[0]}: {error.strerror or error}") from error


def _quietly(send: Callable[[int, int], None], target: int, number: int) -> None:
    try:
        send(target, number)
    except (ProcessLookupError, PermissionError):
        return  # gone, or (macOS) a zombie
