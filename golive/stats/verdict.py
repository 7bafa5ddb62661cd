"""What counters may allow to be said, in one set of words for every question that is answered with a yes or a no."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The answer, where the claim is the good case."""

    PASS = "PASS"  # noqa: S105 # a verdict
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    """Neither can be said: too few, too uneven, or none at all."""
    NOT_YET = "NOT_YET"
    """Before the planned end, where a look may only fail."""
