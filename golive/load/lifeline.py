"""A generator process ends with whoever started it, also when that one was killed and could say nothing."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PARENT = "GOLIVE_LOAD_PARENT"
"""Environment variable with the process number of whoever holds the other end of the standard input."""
_PR_SET_PDEATHSIG = 1


def hold(parent: int, watch: Callable[[int, Callable[[], None]], object]) -> None:
    """End this process when ``parent`` ends.

    ``watch`` calls back when the standard input can be read, which here means that its other end is closed: on every
    system, and also for what a lost parent started. On Linux the kernel's parent-death signal does the same at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    watch(sys.stdin.fileno(), _end_at_end_of_input)


def _end_at_end_of_input() -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        os._exit(1)
