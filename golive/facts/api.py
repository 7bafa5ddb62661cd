"""The API as a customer reads it: the document, every declared read, the latest prices, and the history page by page."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from golive.clients.clickhouse import ClickHouseClient
from golive.clients.http import EVENT_STREAM, Answer, HttpClient, Request
from golive.errors import CannotEstablish, ProtocolBroken
from golive.facts.openapi import READS, Document, Operation
from golive.facts.rows import Row, at, by_key, canonical, differences, in_words, key_of, moment, repeated, rows_at
from golive.market.calendar import CALENDARS, Calendar, missing
from golive.target import Target
from golive.target.functional import Api as Settings
from golive.target.functional import History as HistorySettings
from golive.target.functional import LatestPrices as LatestSettings
from golive.target.needed import required
from golive.waiting import Deadline, wait_until

SYSTEM = "gateway"
CONNECTIONS = 4
"""Kept open for a walk over the API: few enough for a platform that serves customers meanwhile."""
MOST_PAGES = 1000
HOUR = 3600


@dataclass(frozen=True)
class Description:
    """The OpenAPI document that was served. ``problems`` is what its specification finds wrong in it."""

    openapi: str
    version: str
    operations: int
    problems: tuple[str, ...]
    service: str = SYSTEM


@dataclass(frozen=True)
class Read:
    """One read operation, as the MISO persona was answered. ``said``: ``as described``, or what is not."""

    asked: str
    route: str
    status: int
    said: str
    elapsed_ms: int
    version: str
    service: str = SYSTEM


@dataclass(frozen=True)
class Latest:
    """The latest prices. ``late`` has the nodes whose price is old, ``unlike_store`` the rows that the store lacks."""

    status: int
    nodes: frozenset[str]
    oldest_seconds: float | None
    late: dict[str, str]
    unlike_store: dict[str, str]
    version: str
    service: str = SYSTEM


@dataclass(frozen=True)
class History:
    """Every page of some operating days. ``missing`` and ``surplus`` are node and interval, by the market's calendar."""

    first: str
    last: str
    pages: int
    rows: int
    ended: str
    """``after the last page``, or what kept the pages from ending."""
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    repeated: tuple[str, ...]
    unlike_store: dict[str, str]
    version: str
    service: str = SYSTEM


class Api:
    """The API, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.http = HttpClient(SYSTEM, target.limits, target.ca_file)
        self._store = ClickHouseClient(target)

    def settings(self, item: str) -> Settings:
        """The target's [api]. Raises NotDescribed where it has none."""
        return required(self.target.api, "api", item)

    def request(self, route: str, token: SecretStr, params: Mapping[str, str] | None = None) -> Request:
        """A read of a route with that token."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token.get_secret_value()}"}
        return Request(self.target.gateway.url.rstrip("/") + route, headers=headers, params=params or {})

    def version(self, answer: Answer) -> str:
        """The release that an answer names; empty where it names none."""
        return answer.value(self.target.gateway.version)[:60]

    def document(self, token: SecretStr) -> Document:
        """The OpenAPI document. Raises ProtocolBroken where what is served is none."""
        route = self.settings("the walk over the API").openapi
        answer = self.http.ask(self.request(route, token))
        if answer.status != HTTPStatus.OK:
            raise ProtocolBroken(
                SYSTEM,
                f"{route} answered {answer.status}; expected the OpenAPI document",
                hint="api.openapi in the target",
            )
        return Document(answer.json(), route)

    def description(self, document: Document) -> Description:
        """What the document says of itself."""
        version = str(document.content.get("info", {}).get("version", ""))
        reads = document.operations(READS)
        return Description(document.version, version, len(reads), document.problems)

    def reads(self, document: Document, token: SecretStr) -> tuple[Read, ...]:
        """Every read operation of the document, with the values that the target allows."""
        values = {name: value.allowed for name, value in self.settings("functional.miso_api").parameters.items()}
        operations = {
            each.name: each for each in document.operations(READS) if not set(each.parameters) - values.keys()
        }
        routes = {name: each.route(values) for name, each in operations.items()}
        asks = {name: self.request(route, token) for name, route in routes.items()}
        answers = self.http.ask_many(asks, connections=CONNECTIONS)
        found = [self._read(document, operations[name], routes[name], answer) for name, answer in answers.items()]
        unnamed = [each for each in document.operations(READS) if each.name not in operations]
        return (*found, *(_not_asked(each, values) for each in unnamed))

    def latest(self, token: SecretStr) -> Latest:
        """The latest prices beside the store's, and how old they are now."""
        settings = self.settings("functional.miso_api").latest
        answer = self.http.ask(self.request(settings.route, token))
        now = datetime.datetime.now(datetime.UTC)
        rows = rows_at(answer.json(), settings.rows)
        return Latest(
            answer.status,
            frozenset(str(row.get(settings.node)) for row in rows),
            max((_age(row.get(settings.event), now) for row in rows), default=None),
            {str(row.get(settings.node)): why for row in rows if (why := _late(row, settings, now))},
            self._unlike_store(rows, settings),
            self.version(answer),
        )

    def history(self, token: SecretStr) -> History:
        """The newest operating days in full, beside the market's calendar and the store."""
        settings = self.settings("functional.miso_api").history
        calendar = CALENDARS[settings.market]
        clock = datetime.time.fromisoformat(settings.published_at)
        last = calendar.newest_published_day(datetime.datetime.now(datetime.UTC), clock)
        days = [last - datetime.timedelta(days=back) for back in reversed(range(settings.days))]
        pages, ended, version = self._pages(settings, token, days)
        rows = [row for page in pages for row in page]
        store, _ = self._store.query(settings.query, {"first": days[0].isoformat(), "last": days[-1].isoformat()})
        gone, surplus = _beside_calendar(rows, settings, calendar, days)
        fields = (settings.price,)
        unlike = differences(rows, store, settings.key, fields) | _only_in_store(store, rows, settings)
        return History(
            days[0].isoformat(), days[-1].isoformat(), len(pages), len(rows), ended, gone, surplus,
            repeated(rows, settings.key), _first(unlike), version,
        )  # fmt: skip

    def _read(self, document: Document, operation: Operation, route: str, answer: Answer | CannotEstablish) -> Read:
        if isinstance(answer, CannotEstablish):
            raise answer
        milliseconds, version = round(answer.seconds * 1000), self.version(answer)
        absent = any(self.settings("functional.miso_api").parameters[name].absent for name in operation.parameters)
        expected = HTTPStatus.NOT_FOUND if absent else HTTPStatus.OK
        if answer.status != expected:
            said = f"answered {answer.status}, expected {expected.value}"
            return Read(operation.name, route, answer.status, said, milliseconds, version)
        media = answer.headers.get("content-type", "").partition(";")[0]
        stream = media == EVENT_STREAM
        content = "" if stream else answer.json()
        problems = document.body_problems(operation, answer.status, media, content)
        return Read(operation.name, route, answer.status, "; ".join(problems) or "as described", milliseconds, version)

    def _pages(
        self, settings: HistorySettings, token: SecretStr, days: list[datetime.date]
    ) -> tuple[list[tuple[Row, ...]], str, str]:
        """The rows of each page, how it ended, and the release that answered."""
        paging = settings.paging
        params = {
            settings.first_parameter: days[0].isoformat(),
            settings.last_parameter: days[-1].isoformat(),
            paging.size_parameter: str(paging.size),
        }
        pages: list[tuple[Row, ...]] = []
        asked: set[str] = set()
        deadline = Deadline(SYSTEM, f"all pages of {settings.route}", self.target.limits.item / 2)
        while True:
            deadline.check(f"{len(pages)} pages")
            answer = self.http.ask(self.request(settings.route, token, params))
            if answer.status != HTTPStatus.OK:
                return pages, f"page {len(pages) + 1} answered {answer.status}", self.version(answer)
            content = answer.json()
            pages.append(rows_at(content, settings.rows))
            following = at(content, paging.next)
            if following is None:
                return pages, "after the last page", self.version(answer)
            if str(following) in asked or len(pages) >= MOST_PAGES:
                return pages, f"page {len(pages)} says that an earlier page follows it", self.version(answer)
            asked.add(str(following))
            params[paging.parameter] = str(following)

    def _unlike_store(self, rows: tuple[Row, ...], settings: LatestSettings) -> dict[str, str]:
        """The store may be a moment behind: it has the time of one operation to hold what the API served."""
        fields = (settings.price, settings.event)

        def look() -> tuple[dict[str, str] | None, str]:
            store, _ = self._store.query(settings.query)
            unlike = differences(rows, store, settings.key, fields)
            waits = any(said == "not in the store" for said in unlike.values()) and deadline.remaining > 0
            return (None if waits else unlike), f"{len(unlike)} rows unlike the store's"

        deadline = Deadline("clickhouse", "the served prices in the store", min(2.0, self.target.limits.operation))
        return wait_until(look, deadline, interval=0.25)


def _not_asked(operation: Operation, values: Mapping[str, str]) -> Read:
    names = ", ".join(name for name in operation.parameters if name not in values)
    said = f"not asked: the target has no value for {names}; add [api.parameters]"
    return Read(operation.name, operation.path, 0, said, 0, "")


def _age(event: Any, now: datetime.datetime) -> float:
    """Seconds since the event; infinite where the answer names no time."""
    when = moment(event) if isinstance(event, str) else None
    return round((now - when).total_seconds(), 1) if when is not None else float("inf")


def _late(row: Row, settings: LatestSettings, now: datetime.datetime) -> str:
    """Why the row is no latest price now; empty where it is."""
    age, start = _age(row.get(settings.event), now), canonical(row.get(settings.start))
    if age > settings.max_age:
        return f"made {age:g} s ago; at most {settings.max_age:g} s"
    calendar = CALENDARS[settings.market]
    current = calendar.interval_of(now, settings.interval)
    before = current - datetime.timedelta(seconds=settings.interval)
    if start in {current, before}:
        return ""
    return f"for the interval from {row.get(settings.start)}; the market is in that from {current.isoformat()}"


def _beside_calendar(
    rows: list[Row], settings: HistorySettings, calendar: Calendar, days: list[datetime.date]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Intervals that lack, and rows that no declared node or interval asks for."""
    expected = [start for day in days for start in calendar.intervals(day, HOUR)]
    found = [(str(row.get(settings.node)), canonical(row.get(settings.start))) for row in rows]
    gone = [
        f"{node} {start.isoformat()}"
        for node in sorted(settings.nodes)
        for start in missing(expected, [when for name, when in found if name == node])
    ]
    wanted = {(node, start) for node in settings.nodes for start in expected}
    surplus = sorted({in_words(place) for place in found if place not in wanted})
    return tuple(gone[:20]), tuple(surplus[:20])


def _only_in_store(store: list[dict[str, Any]], rows: list[Row], settings: HistorySettings) -> dict[str, str]:
    served = by_key(rows, settings.key).keys()
    return {
        in_words(identity): "not served"
        for identity in (key_of(row, settings.key) for row in store)
        if identity not in served
    }


def _first(unlike: dict[str, str]) -> dict[str, str]:
    return dict(list(unlike.items())[:10])
