"""Forward curves of every declared hub, beside the store's and the market's calendar."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from golive.clients.clickhouse import ClickHouseClient
from golive.clients.http import Answer
from golive.facts.api import CONNECTIONS, SYSTEM, Api, all_answered
from golive.facts.rows import at, differences, lacking, number, rows_at
from golive.market.calendar import CALENDARS
from golive.market.months import Month, first_after, run
from golive.market.settlement import newest_settled_days
from golive.target import Target
from golive.target.functional import Curves as Settings

ITEM = "functional.forward_curves"


@dataclass(frozen=True)
class Curve:
    """A hub's curve as it was served. ``wrong_months`` says what in its months is not as it must be."""

    hub: str
    route: str
    status: int
    as_of: str
    as_of_may_be: tuple[str, ...]
    months: tuple[str, ...]
    prices: tuple[float, ...]
    """USD/MWh, one a month."""
    wrong_months: tuple[str, ...]
    wrong_prices: tuple[str, ...]
    """Months whose price is no finite number."""
    unlike_store: dict[str, str]
    version: str
    service: str = SYSTEM

    @property
    def asked(self) -> str:
        """What was asked for."""
        return f"curve of {self.hub}"


class Curves:
    """The curves, asked for anew."""

    def __init__(self, target: Target) -> None:
        self._api, self._store = Api(target), ClickHouseClient(target)

    def all(self, token: SecretStr) -> tuple[Curve, ...]:
        """The curve of every declared hub. Raises what keeps one from being answered."""
        settings = self._api.settings(ITEM).curves
        routes = {hub: settings.route.replace("{hub}", quote(hub, safe="")) for hub in sorted(settings.hubs)}
        requests = {hub: self._api.request(route, token) for hub, route in routes.items()}
        answers = all_answered(self._api.http.ask_many(requests, connections=CONNECTIONS))
        return tuple(self._curve(settings, hub, routes[hub], answer) for hub, answer in answers.items())

    def stored(self, hub: str) -> list[dict[str, Any]]:
        """The hub's newest curve as the store holds it, the first month first."""
        settings = self._api.settings(ITEM).curves
        rows, _ = self._store.query(settings.query, {"hub": hub})
        return sorted(rows, key=lambda row: str(row[settings.month]))

    def _curve(self, settings: Settings, hub: str, route: str, answer: Answer) -> Curve:
        content = answer.json()
        points, as_of = rows_at(content, settings.points), str(at(content, settings.as_of) or "")
        clock = datetime.time.fromisoformat(settings.settled_at)
        now = datetime.datetime.now(datetime.UTC)
        days = newest_settled_days(CALENDARS[settings.market], now, clock, settings.holidays)
        dated = [{**point, settings.as_of: as_of} for point in points]
        store = self.stored(hub)
        unlike = differences(dated, store, (settings.month,), (settings.price, settings.as_of))
        gone = dict.fromkeys(lacking(store, dated, (settings.month,)), "not served")
        months = tuple(str(point.get(settings.month)) for point in points)
        prices = tuple(_finite(point.get(settings.price)) for point in points)
        wrong = tuple(month for month, price in zip(months, prices, strict=True) if not math.isfinite(price))
        return Curve(
            hub, route, answer.status, as_of, tuple(day.isoformat() for day in days), months,
            prices, _wrong(months, as_of, settings.months), wrong, gone | unlike,
            self._api.version(answer),
        )  # fmt: skip


def _wrong(months: tuple[str, ...], as_of: str, count: int) -> tuple[str, ...]:
    """What in the months is not strictly increasing, without a hole, and from the prompt month on."""
    try:
        found = [Month.parse(text) for text in months]
        expected = run(first_after(datetime.date.fromisoformat(as_of)), count)
    except ValueError as error:
        return (str(error),)
    disorder = [f"{later} follows {earlier}" for earlier, later in pairwise(found) if later <= earlier]
    lacking = [f"{month} is missing" for month in expected if month not in found]
    surplus = [f"{month} is none of the {count} months" for month in found if month not in expected]
    return (*disorder, *lacking, *surplus)


def _finite(value: Any) -> float:
    """Not a number where the answer has no finite one."""
    found = number(value)
    return math.nan if found is None else found
