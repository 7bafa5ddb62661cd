"""Pages of a long answer: by a cursor, which says after which row to go on, or by number."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from golive_lab.platform.web import Problem

DEFAULT_LIMIT, MOST = 100, 1000
_BEGINNING = ("1970-01-01T00:00:00+00:00", "")
Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The page asked for; ``asked`` is what the caller was given for it, None for the first."""

    style: str
    limit: int
    asked: str | int | None
    after: tuple[str, str] = _BEGINNING
    offset: int = 0

    @property
    def first(self) -> str | int:
        """What would ask for the first page again."""
        return 1 if self.style == "page" else _cursor(_BEGINNING)

    def parameters(self) -> dict[str, object]:
        """For the query, which gives one row more than the page holds."""
        after_start = datetime.datetime.fromisoformat(self.after[0])
        return {
            "after_start": after_start,
            "after_node": self.after[1],
            "limit": self.limit + 1,
            "offset": self.offset,
        }

    def cut(self, rows: list[Row]) -> tuple[list[Row], str | int | None]:
        """The page's rows, and what asks for the next page: None after the last."""
        found = rows[: self.limit]
        if len(rows) <= self.limit:
            return found, None
        return found, self._next(self.offset // self.limit + 2, found[-1])

    def beyond(self, found: list[Row]) -> str | int:
        """What asks for the page after the next one: a caller who follows it loses rows."""
        last = dict(found[-1])
        late = datetime.datetime.fromisoformat(last["interval_start"]) + datetime.timedelta(hours=1)
        return self._next(self.offset // self.limit + 3, {**last, "interval_start": late.isoformat()})

    def _next(self, number: int, last: Row) -> str | int:
        return number if self.style == "page" else _cursor((last["interval_start"], last["node"]))


def page_of(asked: Mapping[str, str], style: str) -> Page:
    """The page that a query asks for. Raises Problem (400)."""
    limit = _number(asked.get("limit"), "limit", DEFAULT_LIMIT, MOST)
    if style == "page":
        number = _number(asked.get("page"), "page", 1, 1_000_000)
        return Page(style, limit, asked.get("page") and number, offset=(number - 1) * limit)
    cursor = asked.get("cursor")
    return Page(style, limit, cursor, after=_read(cursor) if cursor else _BEGINNING)


def _cursor(place: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, str]:
    try:
        start, node = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        datetime.datetime.fromisoformat(start)
    except (ValueError, TypeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_query", "cursor is what an earlier page gave as next") from error
    return start, node


def _number(text: str | None, name: str, otherwise: int, most: int) -> int:
    if text is None:
        return otherwise
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_query", f"{name} is a number from 1 to {most}")
    return int(text)
