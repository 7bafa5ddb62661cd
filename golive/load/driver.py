"""Runs a load plan to its end and gives the result; meanwhile tokens stay fresh and the figures are passed on."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from pathlib import Path

from golive.errors import CannotEstablish, Interrupted
from golive.load.files import PLAN_FILE, PROGRESS_FILE, RESULT_FILE
from golive.load.generator import WORKERS_WAIT_S, Generator, Master, worker_command
from golive.load.inside import GRACE_S
from golive.load.merging import Progress
from golive.load.plan import LoadPlan
from golive.load.result import Ended, LoadResult
from golive.load.tokens import TokenFile, TokenSource
from golive.waiting import Deadline
from golive.wholefile import write_whole

SYSTEM = "load generator"
STARTUP_S = 60.0
"""Until all users wait for the start."""
ENDING_S = 15.0
"""From the last written result to the end of all its processes."""
STEP_S = 0.1

Follow = Callable[[Progress], None]


def run(
    plan: LoadPlan,
    folder: Path,
    *,
    tokens: TokenSource | None = None,
    follow: Follow | None = None,
    master: Master | None = None,
    announce: Callable[[str], None] | None = None,
) -> LoadResult:
    """Make that load and wait for its end, at most ``plan.longest_s`` seconds and the time to start and to end.

    ``folder`` is made where it is missing; it keeps the plan, the progress, the log and the result, also of a load that
    was broken off, and never a token. ``follow`` is given the running figures each second, and ends the load by
    raising. The generator also dies with the thread that calls this.

    With ``master`` the requests come from ``plan.processes`` workers, here or on other machines, that somebody starts
    by the command that is given to ``announce``; else from as many processes here.

    Raises Interrupted when the generator was ended from outside, TimedOut when it does not start or end in time, what
    ``tokens`` raises, and CannotEstablish with the end of the log when it fails. Whatever is raised, Ctrl-C included,
    the generator is gone then, and ``LoadResult.read(folder)`` gives what there was of the result.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in (RESULT_FILE, PROGRESS_FILE):
        (folder / name).unlink(missing_ok=True)
    write_whole(folder / PLAN_FILE, plan.model_dump_json(indent=1))
    token_file = TokenFile(folder, tokens)
    try:
        token_file.refresh()
        with Generator(plan, folder, master) as generator:
            if master is not None and announce is not None:
                announce(shlex.join(worker_command(str(folder / PLAN_FILE), master)))
            _attend(generator, plan, token_file, _Reader(folder / PROGRESS_FILE, follow), master)
            return _result(generator, folder, token_file)
    finally:
        token_file.remove()


class _Reader:
    """Passes on each line of progress once."""

    def __init__(self, path: Path, follow: Follow | None) -> None:
        self._path = path
        self._follow = follow
        self._read = 0
        self.last: Progress | None = None

    def read(self) -> None:
        """Whatever whole lines have come since."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                self.last = Progress.from_json(line)
                if self._follow is not None:
                    self._follow(self.last)

    @property
    def state(self) -> str:
        """The last figures in words."""
        if self.last is None:
            return "no request was due yet"
        return f"{self.last.sent} of {self.last.asked} requests sent, {self.last.ended} ended"


def _attend(
    generator: Generator, plan: LoadPlan, token_file: TokenFile, reader: _Reader, master: Master | None
) -> None:
    """Until the generator has ended by itself."""
    startup_s = STARTUP_S + (WORKERS_WAIT_S if master else 0)
    startup = Deadline(SYSTEM, "its start", startup_s, hint="its log stands in the load's folder")
    total = Deadline(SYSTEM, "the load", startup_s + plan.longest_s + GRACE_S + ENDING_S)
    while generator.exit_status is None:
        token_file.refresh()
        reader.read()
        if reader.last is None:
            startup.check(token_file.hide(generator.tail()) or "no output")
        total.check(reader.state)
        time.sleep(STEP_S)
    reader.read()


def _result(generator: Generator, folder: Path, token_file: TokenFile) -> LoadResult:
    result = LoadResult.read(folder)
    status = generator.exit_status
    if result is not None and status == 0 and result.ended not in {Ended.RUNNING, Ended.INTERRUPTED}:
        return result
    so_far = "nothing was measured" if result is None else f"{result.ledger.sent} of {result.ledger.scheduled} requests"
    if (result is not None and result.ended is Ended.INTERRUPTED) or (status is not None and status < 0):
        raise Interrupted(SYSTEM, f"ended from outside (exit status {status}); until then: {so_far}")
    words = f"locust ended with exit status {status}; until then: {so_far}; the end of its log:\n"
    raise CannotEstablish(SYSTEM, words + token_file.hide(generator.tail()))
