"""Contract months: the months of a forward curve, in order, without holes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from itertools import pairwise

YEAR = 12
"""Months in a year."""

WRITTEN = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-01)?")
"""A contract month as it is written: ``2026-12``, or by its first day, ``2026-12-01``."""


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year, ordered by time and written ``2026-12``. Raises ValueError where there is no such month."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (MINYEAR <= self.year <= MAXYEAR and 1 <= self.month <= YEAR):
            raise ValueError(f"no such month: year {self.year}, month {self.month}; expected months 1 to {YEAR}")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month that was written. Raises ValueError, with what was seen and expected, on anything else."""
        written = WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(f"{text!r} is no contract month; expected one such as 2026-12 or 2026-12-01")
        return cls(int(written["year"]), int(written["month"]))

    def next(self) -> Month:
        """The month after. Raises ValueError past the year 9999."""
        return _at(_position(self) + 1)


def first_after(day: date) -> Month:
    """The prompt month as of that day: the month after the day's own."""
    return Month(day.year, day.month).next()


def run(first: Month, count: int) -> tuple[Month, ...]:
    """That many consecutive months, beginning with ``first``. Raises ValueError on a negative count."""
    if count < 0:
        raise ValueError(f"a run of {count} months; expected 0 or more")
    start = _position(first)
    return tuple(_at(position) for position in range(start, start + count))


def holes(months: Sequence[Month]) -> tuple[Month, ...]:
    """The months missing between the earliest and the latest, sorted. The order of ``months`` does not matter."""
    present = {_position(month) for month in months}
    if not present:
        return ()
    return tuple(_at(position) for position in range(min(present), max(present)) if position not in present)


def is_strictly_increasing(months: Sequence[Month]) -> bool:
    """Whether each month is later than the one before it; true of one month, and of none."""
    return all(earlier < later for earlier, later in pairwise(months))


def _position(month: Month) -> int:
    """The month's place among all months, so that consecutive months are consecutive numbers."""
    return month.year * YEAR + month.month - 1


def _at(position: int) -> Month:
    year, month = divmod(position, YEAR)
    return Month(year, month + 1)
