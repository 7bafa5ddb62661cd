"""What items of one run look at together: one look counts for all of them, for as long as it is young.

Meant for what stands still: Helm's history, the nodes, the images in use. An item that watches something move, or that
acts (dry runs, probes, a rehearsal), looks by itself: what it waits for, or has just done, may not be in an older look.
Nothing is shared between xdist's workers: what a cluster says of pods and releases may hold secrets, and none of it is
written to a disk for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

YOUNG: Final = 30.0
"""Seconds for which a look counts, from its beginning."""


class Recent:
    """Looks by name. One that raised is not kept: whoever asks next looks again."""

    def __init__(
        self,
        seconds: float = YOUNG,
        repetition: Callable[[], str] = lambda: "",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``repetition`` tells one round of looks from the next, as proofs have them: none counts for another round."""
        self._seconds, self._repetition, self._now = seconds, repetition, now
        self._kept: dict[str, tuple[float, str, Any]] = {}

    def of(self, name: str, look: Callable[[], T]) -> T:
        """What was seen under that name less than ``seconds`` ago, else what ``look`` sees now."""
        began, repetition = self._now(), self._repetition()
        kept = self._kept.get(name)
        if kept is not None and kept[1] == repetition and began - kept[0] < self._seconds:
            seen: T = kept[2]
            return seen
        seen = look()
        self._kept[name] = began, repetition, seen
        return seen


def anew() -> Recent:
    """For who always looks by itself."""
    return Recent(seconds=0.0)
