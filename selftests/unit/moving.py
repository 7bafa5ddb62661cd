"""A release that is moved in tests: its history before, and a journal that begins with it."""

from __future__ import annotations

from datetime import UTC, datetime

from golive.facts.history import Content, Revision
from golive.rehearsal.journal import Point, State
from golive.residue import RunId

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
RUN = str(RunId.make())


def content(tag: str) -> Content:
    return Content("desk-3", tag, f"values of {tag}", f"objects of {tag}")


def at(number: int, tag: str, status: str = "superseded", when: datetime = NOW, description: str = "") -> Revision:
    return Revision(number, status, description, when.isoformat(), content(tag))


BEFORE = (at(1, "1"), at(2, "2", "deployed"))
STATE = State(
    RUN, "staging", "2", "desk", "markets", "https://api", Point(2, content("2")), Point(1, content("1")), ()
)  # fmt: skip
