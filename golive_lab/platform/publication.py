"""What the platform publishes by the calendar: day-ahead prices hour by hour, and forward curves.

The numbers are made up and always the same for the same hour or month; their shape and their times are real. MISO
lives on EST all the year, CAISO on Pacific time, whose days have 23 or 25 hours when the clocks change.
"""

from __future__ import annotations

import datetime
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from zoneinfo import ZoneInfo

from golive_lab.platform.feeder import NODES
from golive_lab.platform.warehouse import Warehouse
from golive_lab.platform.worker import Worker

ZONES: Mapping[str, datetime.tzinfo] = {
    "MISO": datetime.timezone(datetime.timedelta(hours=-5), "EST"),
    "CAISO": ZoneInfo("America/Los_Angeles"),
}
PUBLISHED = {"MISO": datetime.time(13, 30), "CAISO": datetime.time(13, 0)}
"""Market time at which the next day's prices come out."""
SETTLED = datetime.time(18, 0)
"""Market time at which a weekday's curves come out."""
DAYS_KEPT, MONTHS = 40, 24
LOOK_SECONDS = 10.0
Row = dict[str, object]
Maker = Callable[[str, datetime.date], Iterator[Row]]


class Publisher:
    """Fills up what is due: at the start the last forty days, then each day as it is published."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.worker = Worker("publisher", self._work, lambda _: None)

    def _work(self, stop: threading.Event) -> None:
        """Raises WarehouseUnavailable, which has been noted; the work then begins afresh."""
        while True:
            now = datetime.datetime.now(datetime.UTC)
            for market in ZONES:
                self._publish("day_ahead", "operating_day", market, due_days(market, now), day_ahead)
                self._publish("curve", "as_of", market, due_curves(market, now), curves)
            self.worker.succeeded()
            if stop.wait(LOOK_SECONDS):
                return

    def _publish(self, table: str, column: str, market: str, due: list[datetime.date], make: Maker) -> None:
        query = f"SELECT DISTINCT {column} AS day FROM {table} WHERE market = {{market:String}}"  # noqa: S608 - our own
        there = {row["day"] for row in self._warehouse.rows(query, {"market": market})}
        rows = [row for day in due if day not in there for row in make(market, day)]
        if rows:
            self._warehouse.insert(table, rows)


def due_days(market: str, now: datetime.datetime) -> list[datetime.date]:
    """Operating days whose prices are out, the oldest first."""
    local = now.astimezone(ZONES[market])
    newest = local.date() + datetime.timedelta(days=local.time() >= PUBLISHED[market])
    return [newest - datetime.timedelta(days=back) for back in reversed(range(DAYS_KEPT))]


def due_curves(market: str, now: datetime.datetime) -> list[datetime.date]:
    """The last five weekdays whose curves are out, the oldest first."""
    local = now.astimezone(ZONES[market])
    day = local.date() if local.time() >= SETTLED else local.date() - datetime.timedelta(days=1)
    found: list[datetime.date] = []
    while len(found) < 5:  # noqa: PLR2004 - a week
        if day.weekday() < 5:  # noqa: PLR2004 - Saturday
            found.append(day)
        day -= datetime.timedelta(days=1)
    return found[::-1]


def day_ahead(market: str, day: datetime.date) -> Iterator[Row]:
    """A row for every node and hour of the operating day."""
    begin, end = (_midnight(market, each) for each in (day, day + datetime.timedelta(days=1)))
    hours = int((end - begin) / datetime.timedelta(hours=1))
    for number in range(hours):
        start = begin + datetime.timedelta(hours=number)
        for place, node in enumerate(NODES[market]):
            swing = 14 * math.sin((start.hour - 13) / 24 * 2 * math.pi) + 3 * math.sin(day.toordinal() * 1.7 + number)
            yield {
                "market": market,
                "node": node,
                "operating_day": day.isoformat(),
                "hour_ending": number + 1,
                "interval_start": start.strftime("%Y-%m-%d %H:%M:%S"),
                "price": round({"MISO": 31.0, "CAISO": 44.0}[market] + 2.5 * place + swing, 2),
            }


def curves(market: str, day: datetime.date) -> Iterator[Row]:
    """A row for every hub and contract month of the curves as of that day."""
    for place, hub in enumerate(NODES[market]):
        month = day.replace(day=1)
        for number in range(MONTHS):
            month = (month + datetime.timedelta(days=32)).replace(day=1)
            season = 6 * math.cos((month.month - 1) / 12 * 2 * math.pi) + 9 * math.cos((month.month - 7) / 6 * math.pi)
            level = {"MISO": 36.0, "CAISO": 52.0}[market] + 1.5 * place + 0.08 * number
            drift = 0.6 * math.sin(day.toordinal())
            yield {
                "market": market,
                "hub": hub,
                "as_of": day.isoformat(),
                "contract_month": month.isoformat(),
                "price": round(level + season / 2 + drift, 3),
            }


def _midnight(market: str, day: datetime.date) -> datetime.datetime:
    """When the day begins there, in UTC."""
    return datetime.datetime.combine(day, datetime.time(), ZONES[market]).astimezone(datetime.UTC)
