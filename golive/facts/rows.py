"""Rows of an answer beside rows of a store: the same values, however each of them writes them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,4})?")
_NO_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)?", re.IGNORECASE)
_WRITTEN_OUT = 20
"""Digits before or after the point, up to which a number in a key is written without an exponent."""
_FEW = 10
Row = Mapping[str, Any]
Key = tuple[Any, ...]


def canonical(value: Any) -> Any:
    """The value itself: numbers as Decimal, also those written as text; times in UTC, without zone they are UTC.

    Everything else stays as it is. A float is the shortest decimal that it stands for: 31.27 equals Decimal("31.27").
    """
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    if isinstance(value, datetime.date | datetime.datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    if _NUMBER.fullmatch(value):
        return Decimal(value)
    return moment(value) or value


def same(one: Any, other: Any) -> bool:
    """Whether both are the same value; true is no 1."""
    one, other = canonical(one), canonical(other)
    return type(one) is type(other) and bool(one == other)


def number(value: Any) -> float | None:
    """The finite number that a value is or writes; None where it is none."""
    found = canonical(value)
    return float(found) if isinstance(found, Decimal) and found.is_finite() else None


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


def lacking(rows: Iterable[Row], others: Iterable[Row], key: Sequence[str]) -> tuple[str, ...]:
    """What identifies rows that are not among the others, in words."""
    there = by_key(others, key).keys()
    return tuple(in_words(identity) for identity in (key_of(row, key) for row in rows) if identity not in there)


def few(told: Mapping[str, str]) -> dict[str, str]:
    """The first ten of them: so many are read."""
    return dict(list(told.items())[:_FEW])


def differences(
    rows: Iterable[Row],
    store: Iterable[Row],
    key: Sequence[str],
    fields: Sequence[str],
    may_be_null: Collection[str] = (),
) -> dict[str, str]:
    """For each row that the store holds otherwise or not at all: both values, in words.

    A field without a value, or whose number is not finite, is a difference also where both sides agree on that, except
    in those that ``may_be_null``.
    """
    held = by_key(store, key)
    found = {}
    for row in rows:
        identity = key_of(row, key)
        if identity not in held:
            found[in_words(identity)] = "not in the store"
            continue
        pairs = {name: (row.get(name), held[identity].get(name)) for name in (*key, *fields)}
        unlike = [name for name, pair in pairs.items() if not _agree(*pair, may_be_null=name in may_be_null)]
        if unlike:
            said = (f"{name} {_said(pairs[name][0])}, in the store {_said(pairs[name][1])}" for name in unlike)
            found[in_words(identity)] = "; ".join(said)
    return found


def in_words(identity: Key) -> str:
    """A key as one reads it."""
    return " ".join(_word(part) for part in identity)


def _agree(one: Any, other: Any, *, may_be_null: bool) -> bool:
    if not may_be_null and (_valueless(one) or _valueless(other)):
        return False
    return same(one, other)


def _valueless(value: Any) -> bool:
    """Null, an empty text, or what is not a finite number though it is meant as one."""
    if isinstance(value, float | Decimal):
        return not Decimal(str(value)).is_finite()
    return value is None or (isinstance(value, str) and _NO_NUMBER.fullmatch(value.strip()) is not None)


def _said(value: Any) -> str:
    return "null" if value is None else str(value) if isinstance(value, Decimal) else repr(value)


def _word(part: Any) -> str:
    if isinstance(part, datetime.datetime):
        return part.isoformat(timespec="seconds")
    if isinstance(part, Decimal) and part.is_finite() and abs(part.adjusted()) < _WRITTEN_OUT:
        return f"{part.normalize():f}"
    return str(part)
