"""The prices that customers are served: the latest ones, and the history page by page, beside store and calendar."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from golive.clients.clickhouse import ClickHouseClient
from golive.errors import ProtocolBroken
from golive.facts.api import SYSTEM, Api
from golive.facts.pages import ENDED, pages_of
from golive.facts.rows import Row, canonical, differences, few, in_words, lacking, moment, repeated, rows_at
from golive.market.calendar import CALENDARS, HOUR, Calendar, missing
from golive.target import Target
from golive.target.functional import History as HistorySettings
from golive.target.functional import LatestPrices as LatestSettings
from golive.waiting import Deadline, wait_until

ITEM = "functional.miso_api"
AHEAD = 5.0
"""Seconds by which an event's time may be later than this host's."""


@dataclass(frozen=True)
class Latest:
    """The latest prices. ``late`` has the nodes whose price is old, ``unlike_store`` the rows that the store lacks."""

    status: int
    nodes: frozenset[str]
    oldest_seconds: float | None
    late: dict[str, str]
    repeated: tuple[str, ...]
    """Nodes with more than one latest price."""
    unlike_store: dict[str, str]
    version: str
    service: str = SYSTEM


@dataclass(frozen=True)
class History:
    """Every page of some operating days. ``missing`` and ``surplus`` are node and interval, by the calendar."""

    first: str
    last: str
    pages: int
    expected_pages: int
    """Of the size asked for, by the calendar: fewer, and paging was not exercised."""
    too_long: tuple[str, ...]
    """Pages with more rows than were asked for."""
    rows: int
    ended: str
    """``after the last page``, or what kept the pages from ending."""
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    repeated: tuple[str, ...]
    unlike_store: dict[str, str]
    version: str
    service: str = SYSTEM

    @property
    def wrong(self) -> dict[str, object]:
        """What is not as it must be, by its name; empty where all is."""
        names = ("too_long", "repeated", "missing", "surplus", "unlike_store")
        return {name: found for name in names if (found := getattr(self, name))}


class ServedPrices:
    """The prices, asked for anew for each fact."""

    def __init__(self, target: Target) -> None:
        self._target, self._api, self._store = target, Api(target), ClickHouseClient(target)

    def latest(self, token: SecretStr) -> Latest:
        """The latest prices beside the store's, and how old they are now. Of a refusal the store is not asked."""
        settings = self._api.settings(ITEM).latest
        answer = self._api.http.ask(self._api.request(settings.route, token))
        now = datetime.datetime.now(datetime.UTC)
        rows = rows_at(answer.json(), settings.rows)
        return Latest(
            answer.status,
            frozenset(str(row.get(settings.node)) for row in rows),
            max((_age(row.get(settings.event), now) for row in rows), default=None),
            {str(row.get(settings.node)): why for row in rows if (why := _late(row, settings, now))},
            repeated(rows, (settings.node,)),
            self._unlike_store(rows, settings) if answer.status == HTTPStatus.OK else {},
            self._api.version(answer),
        )

    @property
    def history_settings(self) -> HistorySettings:
        """How the history is served. Raises NotDescribed where the target has no [api]."""
        return self._api.settings(ITEM).history

    def newest_days(self, count: int) -> list[datetime.date]:
        """The newest operating days whose prices must be out, the oldest first."""
        settings = self.history_settings
        clock = datetime.time.fromisoformat(settings.published_at)
        last = CALENDARS[settings.market].newest_published_day(datetime.datetime.now(datetime.UTC), clock)
        return [last - datetime.timedelta(days=back) for back in reversed(range(count))]

    def rows_of(self, token: SecretStr, days: list[datetime.date]) -> list[Row]:
        """Every row that the API serves of these days. Raises ProtocolBroken where its pages do not end."""
        walk = pages_of(self._api, self.history_settings, token, days)
        if walk.ended != ENDED:
            raise ProtocolBroken(
                SYSTEM, f"the history cannot be read to its end: {walk.ended}", hint="see functional.miso_api"
            )
        return walk.rows

    def history(self, token: SecretStr) -> History:
        """The newest operating days in full, beside the market's calendar and the store.

        The store is asked only once the pages came to their end: until then what it holds changes nothing.
        """
        settings = self.history_settings
        days = self.newest_days(settings.days)
        walk = pages_of(self._api, settings, token, days)
        rows, calendar = walk.rows, CALENDARS[settings.market]
        gone, surplus = _beside_calendar(rows, settings, calendar, days)
        expected = len(settings.nodes) * sum(len(calendar.intervals(day, HOUR)) for day in days)
        return History(
            days[0].isoformat(), days[-1].isoformat(), len(walk.pages), -(-expected // settings.paging.size),
            walk.too_long(settings.paging.size), len(rows), walk.ended, gone, surplus, repeated(rows, settings.key),
            few(self._history_unlike_store(rows, settings, days)) if walk.ended == ENDED else {}, walk.version,
        )  # fmt: skip

    def _history_unlike_store(
        self, rows: list[Row], settings: HistorySettings, days: list[datetime.date]
    ) -> dict[str, str]:
        store, _ = self._store.query(settings.query, {"first": days[0].isoformat(), "last": days[-1].isoformat()})
        unserved = dict.fromkeys(lacking(store, rows, settings.key), "not served")
        return differences(rows, store, settings.key, _compared(store, settings.price)) | unserved

    def _unlike_store(self, rows: tuple[Row, ...], settings: LatestSettings) -> dict[str, str]:
        """The store may be a moment behind: it has the time of one operation to hold what the API served."""

        def look() -> tuple[dict[str, str] | None, str]:
            store, _ = self._store.query(settings.query)
            fields = _compared(store, settings.start, settings.price, settings.event)
            unlike = differences(rows, store, settings.key, fields)
            waits = any(said == "not in the store" for said in unlike.values()) and deadline.remaining > 0
            return (None if waits else unlike), f"{len(unlike)} rows unlike the store's"

        deadline = Deadline("clickhouse", "the served prices in the store", min(2.0, self._target.limits.operation))
        return wait_until(look, deadline, interval=0.25)


def _compared(store: Sequence[Row], *always: str) -> tuple[str, ...]:
    """The fields to compare: those, and whatever else the target's query says of a row."""
    return tuple(dict.fromkeys((*always, *(name for row in store[:1] for name in row))))


def _age(event: Any, now: datetime.datetime) -> float:
    """Seconds since the event; infinite where the answer names no time."""
    when = moment(event) if isinstance(event, str) else None
    return round((now - when).total_seconds(), 1) if when is not None else float("inf")


def _late(row: Row, settings: LatestSettings, now: datetime.datetime) -> str:
    """Why the row is no latest price now; empty where it is."""
    age, start = _age(row.get(settings.event), now), canonical(row.get(settings.start))
    if age > settings.max_age:
        return f"made {age:g} s ago; at most {settings.max_age:g} s"
    if age < -AHEAD:
        return f"made {-age:g} s in the future; at most {AHEAD:g} s, by which clocks may differ"
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
        for start in missing(
            expected, [when for name, when in found if name == node and isinstance(when, datetime.datetime)]
        )
    ]
    wanted = {(node, start) for node in settings.nodes for start in expected}
    surplus = sorted({in_words(place) for place in found if place not in wanted})
    return tuple(gone[:20]), tuple(surplus[:20])
