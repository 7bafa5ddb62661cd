"""The API gateway: TLS, tokens and entitlements in front of the other services.

Run as ``python -m golive_lab.platform.gateway --config FILE``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.platform.config import GatewaySettings, from_command_line
from golive_lab.platform.entitlements import Entitlements, missing
from golive_lab.platform.faults import Faults
from golive_lab.platform.postgres import Pool
from golive_lab.platform.tokens import Caller, Keys, Verifier
from golive_lab.platform.web import Dependencies, Endpoint, Problem, application, serve

CHANNEL = "api"
MARKETS = frozenset({"MISO", "CAISO"})
WATCH_SECONDS = 1.0
ANSWER_SECONDS = 3.0
"""Above the two seconds after which a service gives its own server up, so that its words arrive."""


class Gateway:
    """The routes of the API; each checks token and entitlement itself, so that unknown routes are 404 to everybody."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self.faults = Faults(settings.web.faults_file, settings.web.service)
        self.dependencies = Dependencies("keycloak", "postgres", "prices", "instruments")
        self._pool = Pool(settings.postgres, settings.web.service, self.dependencies)
        self._keys = Keys(settings.identity, self.dependencies)
        self._verifier = Verifier(settings.identity, self._keys, self.faults)
        self._entitlements = Entitlements(self._pool)
        self._upstream = httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False)

    def routes(self) -> list[Route]:
        """Every route below the prefix."""
        prefix = self._settings.route_prefix
        endpoints: dict[str, Endpoint] = {
            f"{prefix}/whoami": self._whoami,
            f"{prefix}/instruments": self._instruments,
            f"{prefix}/markets/{{market}}/prices": self._prices,
            f"{prefix}/markets/{{market}}/prices/latest": self._prices,
        }
        return [Route(path, self._broken_by_fault(call)) for path, call in endpoints.items()]

    async def unknown(self, request: Request) -> Response:
        """The answer on every other route, with a token or without."""
        return await self._broken_by_fault(self._no_such_route)(request)

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Hold connections and keys, and watch the services behind."""
        async with self._pool.open(), self._keys.open(), self._upstream:
            watcher = asyncio.create_task(self._watch())
            yield
            watcher.cancel()

    async def _whoami(self, request: Request) -> Response:
        caller = await self._caller(request)
        return JSONResponse({"subject": caller.subject, "customer": caller.customer})

    async def _instruments(self, request: Request) -> Response:
        markets = await self._granted(await self._caller(request))
        if not markets:
            raise missing("the API of any market")
        query = {"markets": ",".join(sorted(markets))}
        return await self._forward("instruments", f"{self._settings.instruments_url}/instruments", query)

    async def _prices(self, request: Request) -> Response:
        granted = await self._granted(await self._caller(request))
        market = request.path_params["market"].upper()
        if market not in granted:
            raise missing(f"the API of market {market}")
        path = request.url.path.removeprefix(self._settings.route_prefix).split("/", 3)[3]
        url = f"{self._settings.prices_url}/markets/{market}/{path}"
        return await self._forward("prices", url, dict(request.query_params))

    async def _no_such_route(self, _: Request) -> Response:
        if "unknown_is_200" in self.faults:
            return JSONResponse({})
        raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is no such route")

    async def _caller(self, request: Request) -> Caller:
        return await self._verifier.caller(request.headers.get("authorization"))

    async def _granted(self, caller: Caller) -> frozenset[str]:
        if "open_without_token" in self.faults and caller.customer is None:
            return MARKETS
        return await self._entitlements.markets(caller.customer, CHANNEL)

    async def _forward(self, service: str, url: str, query: dict[str, str]) -> Response:
        """The service's own answer. Raises Problem (503) when it gives none."""
        try:
            answer = await self._upstream.get(url, params=query)
        except httpx.HTTPError as error:
            self.dependencies.note(service, up=False, why=error)
            detail = f"the {service} service does not answer"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{service}_unavailable", detail) from error
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    async def _watch(self) -> None:
        """Ask the services behind for a sign of life, for the health answer's dependencies."""
        while True:
            for service, url in (
                ("prices", self._settings.prices_url),
                ("instruments", self._settings.instruments_url),
            ):
                try:
                    await self._upstream.get(f"{url}{self._settings.web.health_path}")
                    self.dependencies.note(service, up=True)
                except httpx.HTTPError as error:
                    self.dependencies.note(service, up=False, why=error)
            await asyncio.sleep(WATCH_SECONDS)

    def _broken_by_fault(self, endpoint: Endpoint) -> Endpoint:
        async def call(request: Request) -> Response:
            if "fails_with_500" in self.faults:
                raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "see the service's log")
            return await endpoint(request)

        return call


def main() -> None:
    """Run the gateway until SIGTERM."""
    settings = from_command_line(GatewaySettings)
    web, gateway = settings.web, Gateway(settings)
    routes = gateway.routes()
    serve(application(web, gateway.faults, gateway.dependencies, routes, gateway.lifespan, gateway.unknown), web)


if __name__ == "__main__":
    main()
