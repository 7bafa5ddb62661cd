"""Sets of transport ports: what policies let through, as ranges of each protocol; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

PROTOCOLS = ("TCP", "UDP", "SCTP")
"""All that a NetworkPolicy can name."""
FIRST, LAST = 1, 65_535
Range = tuple[str, int, int]
"""Protocol, first and last port."""


@dataclass(frozen=True)
class PortSet:
    """Ports of each protocol. ``ranges`` are sorted, and none overlaps or touches the next: equal sets are equal."""

    ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[Range]) -> Self:
        """The set of all ports within these ranges."""
        found: list[Range] = []
        for protocol, first, last in sorted(ranges):
            if found and found[-1][0] == protocol and first <= found[-1][2] + 1:
                found[-1] = (protocol, found[-1][1], max(last, found[-1][2]))
            else:
                found.append((protocol, first, last))
        return cls(tuple(found))

    def __or__(self, other: PortSet) -> PortSet:
        return self if not other.ranges else PortSet.of((*self.ranges, *other.ranges))

    def __and__(self, other: PortSet) -> PortSet:
        if EVERY in (self, other):
            return other if self == EVERY else self
        return PortSet.of(
            (mine, max(first, begins), min(last, ends))
            for mine, first, last in self.ranges
            for theirs, begins, ends in other.ranges
            if mine == theirs and max(first, begins) <= min(last, ends)
        )

    def __sub__(self, other: PortSet) -> PortSet:
        return self & other.complement

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, port: tuple[str, int]) -> bool:
        return any(protocol == port[0] and first <= port[1] <= last for protocol, first, last in self.ranges)

    def __str__(self) -> str:
        if self == EVERY:
            return "every port"
        return ", ".join(_words(*each) for each in self.ranges) or "no port"

    @property
    def complement(self) -> PortSet:
        """Every port that is not in it."""
        found = []
        for protocol in PROTOCOLS:
            free = FIRST
            for _, first, last in (each for each in self.ranges if each[0] == protocol):
                if free < first:
                    found.append((protocol, free, first - 1))
                free = last + 1
            if free <= LAST:
                found.append((protocol, free, LAST))
        return PortSet.of(found)


def _words(protocol: str, first: int, last: int) -> str:
    number = "all" if (first, last) == (FIRST, LAST) else str(first) if first == last else f"{first}-{last}"
    return f"{number}/{protocol}"


EVERY = PortSet.of((protocol, FIRST, LAST) for protocol in PROTOCOLS)
