"""Whether what a page shows is data, and whether it lives: told from the texts and drawings that can be seen of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from golive.clients.browser_watch import Part
from golive.clients.words import clean
from golive.target.hub import Moving, Widget

_QUOTED = 60
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\b\.?)?"
_UNIT = r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?)"
_AGE = rf"(?:\b(?:a few|an?|\d+(?:[.,]\d+)?)\s*{_UNIT}\b(?:\s+ago\b)?|\bjust now\b)"
_TIMES = re.compile(rf"{_TIME}|\b\d{{4}}-\d{{2}}-\d{{2}}T?|{_AGE}", re.IGNORECASE)


def filled(widget: Widget, parts: Sequence[Part]) -> int:
    """How many of the elements show data."""
    if widget.shows is None:
        return sum(part.drawn for part in parts)
    return sum(re.search(widget.shows, part.text) is not None for part in parts)


def lacking(widget: Widget, parts: Sequence[Part]) -> str:
    """What a widget has too little of, what was expected, and what it shows instead; empty where it has its data."""
    count = filled(widget, parts)
    if count >= widget.at_least:
        return ""
    kind = "drawings" if widget.shows is None else f"texts like {widget.shows!r}"
    other = [part.text for part in parts if part.text and not (widget.shows and re.search(widget.shows, part.text))]
    instead = f", but {clean(other[0], _QUOTED)!r}" if other else ""
    return f"{count} of at least {widget.at_least} {kind} at {widget.selector}{instead}"


def lines(moving: Moving, parts: Sequence[Part]) -> frozenset[str]:
    """The texts that count as data, without times of day and ages, which move by themselves."""
    return frozenset(without_times(part.text) for part in parts if re.search(moving.shows, part.text))


def still(moving: Moving, shown: Collection[str]) -> str:
    """How a page stood still, in words."""
    example = f", as {clean(min(shown), _QUOTED)!r}" if shown else ""
    return f"stands still: no new text like {moving.shows!r} at {moving.selector}, {len(shown)} old ones{example}"


def without_times(text: str) -> str:
    """The text without times of day, days and ages, as ``12:05:09``, ``2026-11-24`` and ``3 s ago``."""
    return " ".join(_TIMES.sub(" ", text).split())
