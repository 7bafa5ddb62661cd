"""Rows of an answer beside rows of a store: the same values, however each of them writes them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
Row = Mapping[str, Any]
Key = tuple[Any, ...]


def canonical(value: Any) -> Any:
    """The value itself: numbers as float, also where they are written as text; times in UTC, without zone they are UTC.

    Everything else stays as it is.
    """
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.date | datetime.datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    if _NUMBER.fullmatch(value):
        return float(value)
    return moment(value) or value


def moment(text: str) -> datetime.datetime | None:
    """The time that a text says, in UTC; None where it says none. Without zone it is UTC."""
    if not _MOMENT.match(text):
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(datetime.UTC) if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def at(content: Any, place: str) -> Any:
    """What stands at a dotted place of a JSON answer; None where nothing does."""
    for name in place.split("."):
        content = content.get(name) if isinstance(content, dict) else None
    return content


def rows_at(content: Any, place: str) -> tuple[dict[str, Any], ...]:
    """The objects of the list at that place; nothing else of it."""
    found = at(content, place)
    return tuple(row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()


def key_of(row: Row, key: Sequence[str]) -> Key:
    """What identifies the row."""
    return tuple(canonical(row.get(name)) for name in key)


def by_key(rows: Iterable[Row], key: Sequence[str]) -> dict[Key, Row]:
    """Rows by what identifies them."""
    return {key_of(row, key): row for row in rows}


def repeated(rows: Iterable[Row], key: Sequence[str]) -> tuple[str, ...]:
    """What identifies rows that are there more than once, in words."""
    seen: set[Key] = set()
    twice = []
    for row in rows:
        identity = key_of(row, key)
        if identity in seen:
            twice.append(in_words(identity))
        seen.add(identity)
    return tuple(sorted(set(twice)))


def differences(rows: Iterable[Row], store: Iterable[Row], key: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """For each row that the store holds otherwise or not at all: both values, in words."""
    held = by_key(store, key)
    found = {}
    for row in rows:
        identity = key_of(row, key)
        if identity not in held:
            found[in_words(identity)] = "not in the store"
            continue
        unlike = [name for name in fields if canonical(row.get(name)) != canonical(held[identity].get(name))]
        if unlike:
            said = (f"{name} {row.get(name)!r}, in the store {held[identity].get(name)!r}" for name in unlike)
            found[in_words(identity)] = "; ".join(said)
    return found


def in_words(identity: Key) -> str:
    """A key as one reads it."""
    return " ".join(_word(part) for part in identity)


def _word(part: Any) -> str:
    if isinstance(part, datetime.datetime):
        return part.isoformat(timespec="seconds")
    return (
        f"{part:g}"
        if isinstance(part, float) and part != int(part)
        else str(int(part) if isinstance(part, float) else part)
    )
