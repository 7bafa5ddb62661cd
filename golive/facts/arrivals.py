"""Whether a stream's events are its topic's own: each once, in order, in time, also across a cut connection. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from golive.facts.rows import same

Place = tuple[int, int]
"""Partition and offset."""
MOST_SHOWN = 12
"""Places that one fact names; the rest are counted."""
MOST_POINTS = 400
"""Events whose age is kept one by one; of more, the oldest of each stretch."""


@dataclass(frozen=True)
class Event:
    """An event as it came: ``at`` and ``made`` (None where it says none) are Unix times by this host's clock."""

    partition: int
    offset: int
    at: float
    made: float | None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it stands in its topic."""
        return self.partition, self.offset


@dataclass(frozen=True)
class Course:
    """What came on both connections, and what the topic had meanwhile. Times are Unix times by this host's clock.

    ``at_start``, ``at_cut``, ``at_resume``, ``at_end``: the topic's end offsets, by partition.
    """

    before: tuple[Event, ...]
    after: tuple[Event, ...]
    began: float
    cut: float = 0.0
    resumed: float = 0.0
    ended: float = 0.0
    at_start: Mapping[int, int] = field(default_factory=dict)
    at_cut: Mapping[int, int] = field(default_factory=dict)
    at_resume: Mapping[int, int] = field(default_factory=dict)
    at_end: Mapping[int, int] = field(default_factory=dict)
    records: Mapping[Place, Mapping[str, Any]] = field(default_factory=dict)
    made: Mapping[Place, float] = field(default_factory=dict)
    """When each record says that it was made."""

    @property
    def events(self) -> tuple[Event, ...]:
        """All, in the order in which they came."""
        return self.before + self.after

    @property
    def gained(self) -> int:
        """Records that came to the topic from the start to the end."""
        return gained(self.at_start, self.at_end)

    @property
    def while_away(self) -> int:
        """Records that the resumed stream has to make up for."""
        last = _last(self.before)
        return sum(max(0, end - 1 - last[p]) for p, end in self.at_resume.items() if p in last)


def earliest(events: Iterable[Event], at_start: Mapping[int, int]) -> dict[int, int]:
    """The first offset of each partition to read again: of the first event, or where the topic ended at the start."""
    found = dict(at_start)
    for event in events:
        found[event.partition] = min(max(event.offset, 0), found.get(event.partition, event.offset))
    return found


def repeated(events: Iterable[Event]) -> list[Place]:
    """Places that came again."""
    seen: set[Place] = set()
    again = []
    for event in events:
        if event.place in seen:
            again.append(event.place)
        seen.add(event.place)
    return again


def out_of_order(events: Iterable[Event]) -> list[Place]:
    """Places that came after a later one of their partition, for the first time."""
    seen: set[Place] = set()
    highest: dict[int, int] = {}
    wrong = []
    for event in events:
        if event.place not in seen and event.offset < highest.get(event.partition, -1):
            wrong.append(event.place)
        seen.add(event.place)
        highest[event.partition] = max(event.offset, highest.get(event.partition, -1))
    return wrong


def missing(course: Course, max_age: float) -> tuple[list[Place], list[Place]]:
    """Records that did not come and had to: those of an open connection, and those of the time between the two.

    A partition's records count from its first event on: before that nobody had subscribed. After its last event they
    count once they are older than ``max_age`` seconds, or the resumed connection had to make up for them.
    """
    seen = {event.place for event in course.events}
    first, last = _first(course.events), _last(course.events)
    last_before, first_after = _last(course.before), _first(course.after)
    open_gaps, cut_gaps = [], []
    for place in sorted(course.records.keys() - seen):
        partition, offset = place
        if offset < first.get(partition, offset + 1):
            continue
        in_cut = last_before.get(partition, offset) < offset < _until(course, first_after, partition)
        due = offset < last[partition] or course.made.get(place, course.ended) + max_age < course.ended
        if in_cut:
            cut_gaps.append(place)
        elif due:
            open_gaps.append(place)
    return open_gaps, cut_gaps


def disorder(course: Course, max_age: float) -> dict[str, tuple[str, ...]]:
    """Everything that is not each record once, in order: by kind, and empty where there is nothing."""
    gaps, lost = missing(course, max_age)
    kinds = {
        "missing": gaps,
        "repeated": repeated(course.events),
        "out of order": out_of_order(course.events),
        "lost at the cut": lost,
    }
    return {kind: named(places) for kind, places in kinds.items() if places}


def silent_partitions(course: Course) -> list[int]:
    """Partitions that gained records before the cut, and of which nothing came until the end."""
    heard = {event.partition for event in course.events}
    return [p for p, end in sorted(course.at_cut.items()) if p not in heard and end > course.at_start.get(p, end)]


def age(event: Event, course: Course) -> float:
    """Seconds from the event's time to its arrival, without those in which there was no connection to send it on."""
    made = event.made if event.made is not None else float("-inf")
    away = max(0.0, min(event.at, course.resumed) - max(made, course.cut)) if course.after else 0.0
    return event.at - made - away


def late(course: Course, max_age: float) -> dict[Place, str]:
    """Events that came too old, or that say a time that has not come yet, or none."""
    found = {}
    for event in course.events:
        seconds = age(event, course)
        if event.made is None:
            found[event.place] = "says no time"
        elif seconds > max_age:
            found[event.place] = f"came {seconds:.1f} s after its time"
        elif seconds < -max_age:
            found[event.place] = f"came {-seconds:.1f} s before its time"
    return found


def unlike(course: Course, names: Mapping[str, str]) -> dict[Place, str]:
    """Events that differ from the record of their place. ``names``: what the record calls each field compared."""
    found = {}
    for event in course.events:
        record = course.records.get(event.place)
        if record is None:
            found[event.place] = "the topic has no such record"
            continue
        wrong = [
            f"{field} {event.fields.get(field)!r}, the record says {record.get(theirs)!r}"
            for field, theirs in sorted(names.items())
            if event.fields.get(field) is None or not same(event.fields[field], record.get(theirs))
        ]
        if wrong:
            found[event.place] = "; ".join(wrong)
    return found


def points(course: Course) -> list[tuple[float, int]]:
    """Seconds from the start and age in milliseconds, of each event; of very many, the oldest of each stretch."""
    every = [(round(e.at - course.began, 2), round(age(e, course) * 1000)) for e in course.events if e.made is not None]
    size = -(-len(every) // MOST_POINTS) or 1
    return [max(every[at : at + size], key=lambda point: point[1]) for at in range(0, len(every), size)]


def named(places: Sequence[Place]) -> tuple[str, ...]:
    """Places in words, ``partition 0 offset 17``; many of them cut short."""
    words = [f"partition {partition} offset {offset}" for partition, offset in places[:MOST_SHOWN]]
    more = len(places) - MOST_SHOWN
    return (*words, f"and {more} more") if more > 0 else tuple(words)


def told(found: Mapping[Place, str]) -> dict[str, str]:
    """What is wrong by place in words, cut short in the same way."""
    shown = dict(zip(named(list(found)), found.values(), strict=False))
    more = len(found) - MOST_SHOWN
    return {**dict(list(shown.items())[:MOST_SHOWN]), **({"further events": str(more)} if more > 0 else {})}


def _until(course: Course, first_after: Mapping[int, int], partition: int) -> int:
    return first_after.get(partition, course.at_resume.get(partition, -1))


def _first(events: Iterable[Event]) -> dict[int, int]:
    found: dict[int, int] = {}
    for event in events:
        found[event.partition] = min(event.offset, found.get(event.partition, event.offset))
    return found


def _last(events: Iterable[Event]) -> dict[int, int]:
    found: dict[int, int] = {}
    for event in events:
        found[event.partition] = max(event.offset, found.get(event.partition, event.offset))
    return found


def gained(first: Mapping[int, int], last: Mapping[int, int]) -> int:
    """Records between two readings of a topic's end offsets."""
    return sum(max(0, end - first.get(partition, end)) for partition, end in last.items())
