"""The prices service: what nodes cost, from ClickHouse.

Run as ``python -m golive_lab.platform.prices --config FILE``.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.platform.config import PricesSettings, from_command_line
from golive_lab.platform.faults import Faults
from golive_lab.platform.warehouse import Warehouse, WarehouseUnavailable
from golive_lab.platform.web import Dependencies, Problem, application, serve

WATCH_SECONDS = 1.0
DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000

LATEST = """
SELECT node, interval_start, price, event_time, sequence
FROM price
WHERE market = {market:String}
ORDER BY node, sequence DESC LIMIT 1 BY node
"""
RANGE = """
SELECT node, interval_start, price, event_time, sequence
FROM price
WHERE market = {market:String}
    AND interval_start >= {since:DateTime('UTC')} AND interval_start < {until:DateTime('UTC')}
    AND ({node:String} = '' OR node = {node:String})
ORDER BY interval_start, node, sequence LIMIT {limit:UInt32}
"""


class Prices:
    """The two routes: the latest price of every node of a market, and the prices of a span of time."""

    def __init__(self, warehouse: Warehouse, faults: Faults) -> None:
        self._warehouse, self._faults = warehouse, faults

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Connect in the background, and see every second how ClickHouse does."""
        watcher = asyncio.create_task(self._watch())
        yield
        watcher.cancel()

    async def latest(self, request: Request) -> Response:
        """``/markets/{market}/prices/latest``."""
        return await self._answer(request, LATEST, {})

    async def span(self, request: Request) -> Response:
        """``/markets/{market}/prices?since=&until=&node=&limit=``; times are ISO 8601, without zone they are UTC."""
        now = datetime.datetime.now(datetime.UTC)
        query = request.query_params
        parameters = {
            "since": _time(query.get("since"), now - datetime.timedelta(days=1)),
            "until": _time(query.get("until"), now + datetime.timedelta(days=1)),
            "node": query.get("node", ""),
            "limit": _limit(query.get("limit")),
        }
        return await self._answer(request, RANGE, parameters)

    async def _answer(self, request: Request, query: str, parameters: dict[str, object]) -> Response:
        if "fails_with_500" in self._faults:
            raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "see the service's log")
        market = request.path_params["market"]
        try:
            rows = await asyncio.to_thread(self._warehouse.rows, query, {"market": market, **parameters})
        except WarehouseUnavailable as error:
            detail = "ClickHouse gives no answer"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "clickhouse_unavailable", detail) from error
        return JSONResponse({"market": market, "prices": [_plain(row) for row in rows]})

    async def _watch(self) -> None:
        while True:
            # The failure is noted among the dependencies; here it asks for nothing more.
            with contextlib.suppress(WarehouseUnavailable):
                await asyncio.to_thread(self._warehouse.rows, "SELECT 1 AS one", {})
            await asyncio.sleep(WATCH_SECONDS)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON can hold it; times in UTC."""
    return {
        name: value.replace(tzinfo=datetime.UTC).isoformat() if isinstance(value, datetime.datetime) else value
        for name, value in row.items()
    }


def _time(text: str | None, otherwise: datetime.datetime) -> datetime.datetime:
    if text is None:
        return otherwise
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_query", "since and until are ISO 8601 times") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_query", f"limit is a number from 1 to {MAX_LIMIT}")
    return int(text)


def main() -> None:
    """Run the service until SIGTERM."""
    settings = from_command_line(PricesSettings)
    web = settings.web
    faults = Faults(web.faults_file, web.service)
    dependencies = Dependencies("clickhouse")
    prices = Prices(Warehouse(settings.clickhouse, web.service, dependencies), faults)
    routes = [Route("/markets/{market}/prices", prices.span), Route("/markets/{market}/prices/latest", prices.latest)]
    serve(application(web, faults, dependencies, routes, prices.lifespan), web)


if __name__ == "__main__":
    main()
