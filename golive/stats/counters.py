"""How much counters grew: between two reads of a table of counters, or along the samples of one.

Not claimed: what was counted before a reset and after the last read ahead of it. What is given after a reset is a
lower bound and says so. Nor is a reset seen that the counter overtook by the next read, unless the epoch
(``stats_reset``, a process's start time) tells.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Grown:
    """How much a counter grew, and how often it began anew meanwhile; after a reset the amount is a lower bound."""

    amount: float
    resets: int = 0

    @property
    def exact(self) -> bool:
        """Whether nothing was lost to a reset."""
        return not self.resets


@dataclass(frozen=True)
class Differences(Generic[K]):
    """Two reads of a table of counters, compared by key."""

    grown: Mapping[K, Mapping[str, float]]
    """Differences of the rows that both reads hold, and what new rows hold."""
    reset: frozenset[K]
    """Rows that began anew between the reads: a column fell. They are not among ``grown``."""
    gone: frozenset[K]
    """Rows of the first read that the second lacks: evicted or dropped; what they counted is lost."""
    all_reset: bool
    """The whole table began anew; nothing can be told of the window, and ``grown`` is empty."""

    @property
    def complete(self) -> bool:
        """Whether the window's counts are all in ``grown``."""
        return not (self.all_reset or self.reset or self.gone)


def increase(samples: Sequence[float]) -> Grown:
    """Growth along consecutive samples of one counter, without extrapolation.

    A fall is a reset to zero, and what is there after it was counted since (as Prometheus' ``increase`` takes resets).
    Raises ValueError for fewer than two samples and for negative ones: neither is a counter over a window.
    """
    if len(samples) < 2 or min(samples) < 0:  # noqa: PLR2004 # a difference is of two
        raise ValueError(f"expected two samples or more, none negative, not {list(samples)[:3]}")
    falls = [later < earlier for earlier, later in pairwise(samples)]
    amount = sum(
        later if fell else later - earlier for (earlier, later), fell in zip(pairwise(samples), falls, strict=True)
    )
    return Grown(amount, sum(falls))


def differences(
    before: Mapping[K, Mapping[str, float]],
    after: Mapping[K, Mapping[str, float]],
    *,
    epoch_before: object = None,
    epoch_after: object = None,
) -> Differences[K]:
    """What each row's counters grew by between two reads of a table such as pg_stat_statements.

    Keys name rows (user, database, query id), columns are counters: no column that may fall, such as a mean or a
    minimum. The epochs are what the system says of its last reset (``pg_stat_statements_info.stats_reset``); where
    they differ all counters began anew. Raises ValueError where a row's columns differ between the reads.
    """
    gone = frozenset(before.keys() - after.keys())
    if epoch_before != epoch_after:
        return Differences({}, frozenset(), gone, all_reset=True)
    grown: dict[K, Mapping[str, float]] = {}
    fallen = set()
    for key, row in after.items():
        first = before.get(key, dict.fromkeys(row, 0.0))
        if first.keys() != row.keys():
            raise ValueError(f"row {key!r} had the columns {sorted(first)} and now has {sorted(row)}")
        if any(row[column] < first[column] for column in row):
            fallen.add(key)
        else:
            grown[key] = {column: row[column] - first[column] for column in row}
    return Differences(grown, frozenset(fallen), gone, all_reset=False)
