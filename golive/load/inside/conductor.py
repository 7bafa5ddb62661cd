"""Puts the processes' counters together, writes them down while the load runs, and ends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import gevent

from golive.load.files import PROGRESS_FILE, RESULT_FILE
from golive.load.inside import GRACE_S
from golive.load.inside.start import Start
from golive.load.merging import Merge
from golive.load.plan import LoadPlan
from golive.load.result import Ended
from golive.wholefile import write_whole

STEP_S = 0.25
"""Pace at which the end of the load is looked for."""
CHECKPOINTS = 5
"""Seconds between two writings of the result so far."""


class Running(Protocol):
    """What the conductor needs of locust's runner."""

    def collect(self, merge: Merge) -> None:
        """Hand in this process's own counters, where it makes requests itself."""

    def workers(self) -> int:
        """How many processes make requests."""

    def locust_p95_ms(self) -> Sequence[float | None]:
        """Locust's own 95th percentile of each endpoint."""

    def quit(self, status: int) -> None:
        """End locust with this exit status."""


class Conductor:
    """In the master, or the only process: puts the counters together, writes them down, and ends the load."""

    def __init__(self, plan: LoadPlan, folder: Path, start: Start, runner: Running) -> None:
        self.plan, self.folder, self.start, self.runner = plan, folder, start, runner
        self.merge = Merge(plan)
        self.ended = Ended.RUNNING
        self._lines = (folder / PROGRESS_FILE).open("a", encoding="utf-8", buffering=1)
        self._written = -1

    def conduct(self) -> None:
        """Until every request is accounted for, or can no longer be."""
        self.start.given.wait()
        while self.ended is Ended.RUNNING:
            gevent.sleep(STEP_S)
            if self.ended is not Ended.RUNNING:  # interrupted meanwhile
                return
            self.runner.collect(self.merge)
            self.ended = self.judge()
            if int(self.start.now_s()) != self._written or self.ended is not Ended.RUNNING:
                self.write()
        self.runner.quit(0)

    def judge(self) -> Ended:
        """Whether it is over, and how."""
        finished, workers, late_s = (
            self.merge.finished(),
            self.runner.workers(),
            self.start.now_s() - self.plan.longest_s,
        )
        if finished >= self.plan.processes:
            return Ended.COMPLETE
        if workers == 0 or (late_s > 0 and finished >= workers):
            return Ended.WORKERS_LOST
        return Ended.OVERDUE if late_s > GRACE_S else Ended.RUNNING

    def write(self) -> None:
        """A line of progress, and from time to time the result so far."""
        elapsed_s = self.start.now_s()
        self._lines.write(self.merge.progress(elapsed_s).to_json() + "\n")
        self._written = int(elapsed_s)
        if self._written % CHECKPOINTS == 0 or self.ended is not Ended.RUNNING:
            p95_ms = self.runner.locust_p95_ms()
            write_whole(self.folder / RESULT_FILE, self.merge.result(self.ended, self.start.utc, p95_ms).to_json())

    def interrupt(self) -> bool:
        """Asked to end: write what there is, where that is before the end; whether it was."""
        if self.ended is not Ended.RUNNING:
            return False
        self.ended = Ended.INTERRUPTED
        self.runner.collect(self.merge)
        self.write()
        return True
