"""The instruments service: what may be priced, from PostgreSQL.

Run as ``python -m golive_lab.platform.instruments --config FILE``.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.platform.config import InstrumentsSettings, from_command_line
from golive_lab.platform.faults import Faults
from golive_lab.platform.postgres import Pool
from golive_lab.platform.web import Dependencies, application, serve

OF_MARKETS = """
SELECT instrument, market, node, product, unit FROM pg.instrument WHERE market = ANY(%(markets)s) ORDER BY instrument
"""


class Instruments:
    """One route: the instruments of the markets that ``?markets=A,B`` names."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Hold connections."""
        async with self._pool.open():
            yield

    async def of_markets(self, request: Request) -> Response:
        """The instruments, ordered by name."""
        markets = request.query_params.get("markets", "").split(",")
        return JSONResponse({"instruments": await self._pool.rows(OF_MARKETS, {"markets": markets})})


def main() -> None:
    """Run the service until SIGTERM."""
    settings = from_command_line(InstrumentsSettings)
    web = settings.web
    dependencies = Dependencies("postgres")
    instruments = Instruments(Pool(settings.postgres, web.service, dependencies))
    routes = [Route("/instruments", instruments.of_markets)]
    serve(application(web, Faults(web.faults_file, web.service), dependencies, routes, instruments.lifespan), web)


if __name__ == "__main__":
    main()
