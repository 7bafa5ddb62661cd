"""A service that takes more than it should, where a fault says so: memory or CPU, for real."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import threading
from collections.abc import AsyncIterator

from golive_lab.platform.faults import Faults

LOOK_SECONDS = 0.25
MIB = 2**20
CLIMB, HOARD = 8 * MIB, 512 * MIB
"""Bytes a second; bytes at once, as much as the lab says that a service may hold."""
_BLOCK = bytes(MIB)
"""Hashing so much lets other threads run meanwhile, so that two of them use two cores."""


class Appetite:
    """Takes what the faults say, in a thread beside the service, and gives it back once they are gone."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._stop = threading.Event()
        self._held: list[mmap.mmap] = []

    @contextlib.asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Look at the faults for as long as the context is open."""
        threading.Thread(target=self._look, name="appetite", daemon=True).start()
        yield
        self._stop.set()

    def _look(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self._hold()
            if "burns_cpu" in self._faults:
                self._burn()

    def _hold(self) -> None:
        if "hoards" in self._faults and not self._held:
            self._take(HOARD)
        elif "climbs" in self._faults:
            self._take(round(CLIMB * LOOK_SECONDS))
        elif self._held and "hoards" not in self._faults:
            for each in self._held:
                each.close()
            self._held.clear()

    def _take(self, size: int) -> None:
        """Memory that is really there: every page is written to; closing it gives it back at once."""
        taken = mmap.mmap(-1, size)
        for page in range(0, size, mmap.PAGESIZE):
            taken[page] = 1
        self._held.append(taken)

    def _burn(self) -> None:
        both = [threading.Thread(target=self._calculate, name="burns_cpu", daemon=True) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()

    def _calculate(self) -> None:
        while "burns_cpu" in self._faults and not self._stop.is_set():
            hashlib.sha256(_BLOCK)
