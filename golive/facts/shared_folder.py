"""What people and pipelines left in folders, which may be shares of another machine: read within a deadline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from golive.clients.deadlines import within
from golive.waiting import Deadline

T = TypeVar("T")


def read_from(folder: Path, seconds: float, work: Callable[[], T], *, system: str) -> T:
    """What ``work`` reads there, or whatever it raised; TimedOut after so many seconds: a share that hangs never ends.

    Nothing can end such a read: its thread waits on, and ends with the process at the latest.
    """
    hint = f"is {folder.name} a share that hangs? ls it, and look at the machine that has it"
    limit = Deadline(system, f"reading {folder.name}", seconds, hint=hint)
    return within(limit, work, state=lambda: "it can be opened and does not answer")
