"""The prices service: latest and day-ahead prices of nodes, and the forward curves of hubs, from ClickHouse.

Run as ``python -m golive_lab.platform.prices --config FILE``.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import itertools
import json
import logging
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.platform import queries
from golive_lab.platform.config import PricesSettings, from_command_line
from golive_lab.platform.faults import Faults
from golive_lab.platform.paging import MOST, Page, page_of
from golive_lab.platform.warehouse import Warehouse, WarehouseUnavailable, plain
from golive_lab.platform.web import Dependencies, Problem, application, serve

WATCH_SECONDS = 1.0
BROKEN_ROUNDS = 3
Row = dict[str, Any]

log = logging.getLogger(__name__)


class Prices:
    """The routes below ``/markets/{market}``."""

    def __init__(self, settings: PricesSettings, faults: Faults, dependencies: Dependencies) -> None:
        self._warehouse = Warehouse(settings.clickhouse, settings.web.service, dependencies)
        self._faults, self._dependencies, self._paging = faults, dependencies, settings.paging

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Connect in the background, and see every second how ClickHouse does."""
        watcher = asyncio.create_task(self._watch())
        yield
        watcher.cancel()

    async def latest(self, request: Request) -> Response:
        """``prices/latest``."""
        age = 20 if "serves_old_latest" in self._faults else 0
        rows = await self._rows(queries.LATEST, request, {"age": age})
        if "wrong_price" in self._faults:
            rows[0]["price"] = round(rows[0]["price"] + 0.01, 2)
        if "latest_interval_early" in self._faults:
            rows = [{**row, "interval_start": _later(row["interval_start"], minutes=-5)} for row in rows]
        if "latest_repeats_a_node" in self._faults:
            rows.append(rows[0])
        if "schema_drift" in self._faults:
            rows = [{**row, "price": str(row["price"])} for row in rows]
        if "serves_future_latest" in self._faults:
            rows = [{**row, "event_time": _later(row["event_time"], hours=5)} for row in rows]
        return JSONResponse({"market": request.path_params["market"], "prices": rows})

    async def history(self, request: Request) -> Response:
        """``prices?from=&to=&node=&limit=`` and ``cursor=`` or ``page=``; days are the market's own, both included."""
        asked = dict(request.query_params)
        if "ignores_page_size" in self._faults:
            asked["limit"] = str(MOST)
        page = page_of(asked, self._paging)
        span = queries.span(request.query_params, request.path_params["market"])
        rows = await self._rows(queries.HISTORY, request, {**span, **page.parameters()})
        found, following = page.cut(rows)
        if "hour_ending_early" in self._faults:
            found = [{**row, "hour_ending": max(1, row["hour_ending"] - 1)} for row in found]
        return JSONResponse(
            {
                "market": request.path_params["market"],
                "prices": found,
                "next": self._faulty_next(page, found, following),
            }
        )

    async def curves(self, request: Request) -> Response:
        """``curves``: hubs, newest as-of day, number of months."""
        hubs = await self._rows(queries.HUBS, request, {})
        return JSONResponse({"market": request.path_params["market"], "hubs": hubs})

    async def curve(self, request: Request) -> Response:
        """``curves/{hub}``: the hub's newest curve."""
        hub = request.path_params["hub"]
        back = 1 if "curve_stale" in self._faults else 0
        rows = await self._rows(queries.CURVE, request, {"hub": hub, "back": back})
        if not rows:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is no such hub")
        points = self._faulty_points([{"month": row["month"], "price": row["price"]} for row in rows])
        market = request.path_params["market"]
        curve = {"market": market, "hub": hub, "as_of": rows[0]["as_of"], "unit": "USD/MWh"}
        return JSONResponse({**curve, "points": points})

    def _faulty_next(self, page: Page, found: list[Row], following: Any) -> Any:
        if following is None and "repeats_last_page" in self._faults and found:
            return page.asked if page.asked is not None else page.first
        if following is not None and "loses_a_page" in self._faults:
            return page.beyond(found)
        return following

    def _faulty_points(self, points: list[Row]) -> list[Row]:
        if "curve_misses_month" in self._faults:
            del points[5]
        if "curve_unsorted" in self._faults:
            points[2], points[3] = points[3], points[2]
        if "curve_wrong_price" in self._faults:
            points[7]["price"] = round(points[7]["price"] * 1.001, 4)
        return points

    async def _rows(self, query: str, request: Request, parameters: Mapping[str, object]) -> list[Row]:
        if "fails_with_500" in self._faults:
            raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "see the service's log")
        every = {"market": request.path_params["market"], **parameters}
        try:
            return plain(await asyncio.to_thread(self._warehouse.rows, query, every))
        except WarehouseUnavailable as error:
            detail = "ClickHouse gives no answer"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "clickhouse_unavailable", detail) from error

    async def _watch(self) -> None:
        for number in itertools.count():
            if "cache_is_broken" in self._faults and number % BROKEN_ROUNDS == 0:
                _read_cache(f'{{"round": {number}, "prices": ')
            # The failure is noted among the dependencies; here it asks for nothing more.
            with contextlib.suppress(WarehouseUnavailable):
                await asyncio.to_thread(self._warehouse.rows, "SELECT 1 AS one", {})
            await self._dependencies.pause(WATCH_SECONDS)


def _read_cache(kept: str) -> None:
    try:
        json.loads(kept)
    except ValueError:
        log.exception("the cache of latest prices cannot be read")


def _later(moment: str, **by: int) -> str:
    return (datetime.datetime.fromisoformat(moment) + datetime.timedelta(**by)).isoformat()


def main() -> None:
    """Run the service until SIGTERM."""
    settings = from_command_line(PricesSettings)
    web = settings.web
    faults = Faults(web.faults_file, web.service)
    dependencies = Dependencies("clickhouse")
    prices = Prices(settings, faults, dependencies)
    below = "/markets/{market}"
    routes = [
        Route(f"{below}/prices", prices.history),
        Route(f"{below}/prices/latest", prices.latest),
        Route(f"{below}/curves", prices.curves),
        Route(f"{below}/curves/{{hub}}", prices.curve),
    ]
    serve(application(web, faults, dependencies, routes, prices.lifespan), web)


if __name__ == "__main__":
    main()
