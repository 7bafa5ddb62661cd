"""The API gateway: TLS, tokens and entitlements in front of the other services; live streams and the Web Hub's page.

Run as ``python -m golive_lab.platform.gateway --config FILE``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from golive_lab.platform import api
from golive_lab.platform.access import OPERATION, Access
from golive_lab.platform.audit import AuditLog
from golive_lab.platform.config import GatewaySettings, from_command_line
from golive_lab.platform.entitlements import Entitlements
from golive_lab.platform.faults import Faults
from golive_lab.platform.fields import renamed, restored
from golive_lab.platform.hub import Hub
from golive_lab.platform.live import Live
from golive_lab.platform.loopholes import Loopholes
from golive_lab.platform.misdescribed import misdescribed
from golive_lab.platform.postgres import Pool
from golive_lab.platform.request_counts import RequestCounts
from golive_lab.platform.request_id import hand_on
from golive_lab.platform.strain import Strain
from golive_lab.platform.tape import Tape
from golive_lab.platform.tokens import Keys, Verifier
from golive_lab.platform.web import Dependencies, Endpoint, Problem, application, serve

CHANNEL = "api"
WATCH_SECONDS = 1.0
ANSWER_SECONDS = 3.0
"""Above the two seconds after which a service gives its own server up, so that its words arrive."""
MOST_BODY = 64 * 1024
Handler = Callable[[Request], Awaitable[Response]]


class Gateway:
    """The operations of the API; each checks token and entitlement itself, so that unknown routes are 404 to all."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings, web = settings, settings.web
        self.faults = Faults(web.faults_file, web.service)
        self.dependencies = Dependencies("keycloak", "postgres", "kafka", "prices", "instruments", "jobs")
        self._pool = Pool(settings.postgres, web.service, self.dependencies)
        self._keys = Keys(settings.identity, self.dependencies)
        self._access = Access(
            Verifier(settings.identity, self._keys, self.faults), Entitlements(self._pool), self.faults
        )
        self._tape = Tape(settings.kafka, web.service, self.dependencies)
        self._live = Live(self._access, self._tape, self.faults, web.fields)
        self._audit = AuditLog(self._pool)
        self._upstream = httpx.AsyncClient(
            timeout=ANSWER_SECONDS, trust_env=False, event_hooks={"request": [self._hand_on]}
        )
        self._operations = api.operations(settings.paging)
        self._asked = 0
        self._services = {
            "prices": settings.prices_url,
            "instruments": settings.instruments_url,
            "jobs": settings.jobs_url,
        }

    def routes(self) -> list[BaseRoute]:
        """Every route: the API's below its prefix, the hub's, the stream's socket."""
        handlers: dict[tuple[str, str], Handler] = {
            ("openapi", "GET"): self._openapi,
            ("whoami", "GET"): self._whoami,
            ("instruments", "GET"): self._instruments,
            ("latest", "GET"): self._market("prices/latest"),
            ("history", "GET"): self._market("prices"),
            ("curves", "GET"): self._market("curves"),
            ("curve", "GET"): self._market("curves/{hub}"),
            ("stream", "GET"): lambda request: self._live.sse(request, "stream"),
            ("stream_ws", "GET"): self._live.upgrade_required,
        }
        routes: list[BaseRoute] = [WebSocketRoute(self._path("stream_ws"), self._live.websocket)]
        for each in self._operations:
            handler = handlers.get((each.name, each.method), self._jobs)
            routes.append(Route(self._path(each.name), self._called(each.name, handler), methods=[each.method]))
        routes.append(Route(self._path("scenario"), self._called("scenario", self._undocumented), methods=["PUT"]))
        return [*routes, *Hub(self._settings, self._access, self._live, self._prices, self.faults).routes()]

    def around(self, app: ASGIApp) -> ASGIApp:
        """The whole gateway: what stands before the routes."""
        strained = Strain(Loopholes(app, self.faults), self.faults, self._settings.route_prefix)
        routes = dict.fromkeys(self._path(each.name) for each in self._operations)
        return self._audit.around(RequestCounts(strained, routes), time.time)

    async def unknown(self, _: Request) -> Response:
        """The answer on every other route, with a token or without."""
        self._fail_by_fault()
        if "knows_every_route" in self.faults:
            raise Problem(HTTPStatus.UNAUTHORIZED, "token_missing", "show a token")
        return self._nowhere()

    def _nowhere(self) -> Response:
        if "unknown_is_200" in self.faults:
            return JSONResponse({})
        raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is no such route")

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Hold connections and keys, and watch the services behind."""
        async with self._pool.open(), self._keys.open(), self._upstream, self._tape.open(), self._audit.open():
            watcher = asyncio.create_task(self._watch())
            yield
            watcher.cancel()

    def _path(self, operation: str) -> str:
        return self._settings.route_prefix + self._settings.paths[operation]

    def _called(self, operation: str, handler: Handler) -> Endpoint:
        async def call(request: Request) -> Response:
            self._fail_by_fault()
            request.scope[OPERATION] = operation
            return await handler(request)

        return call

    async def _openapi(self, request: Request) -> Response:
        await self._access.caller(request)
        about = api.Description(
            self._settings.web.release, self._settings.route_prefix, self._settings.paths, self._settings.web.fields
        )
        if "document_is_missing" in self.faults:
            return self._nowhere()
        return JSONResponse(misdescribed(api.document(self._operations, about), self.faults.in_force))

    async def _undocumented(self, request: Request) -> Response:
        """What the document does not have, and this platform only where a fault says so."""
        if "serves_undocumented" not in self.faults:
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed")
        return await self._jobs(request)

    async def _whoami(self, request: Request) -> Response:
        caller = await self._access.caller(request)
        return self._json({"subject": caller.subject, "customer": caller.customer or "nobody"})

    async def _instruments(self, request: Request) -> Response:
        markets = ",".join(sorted(await self._access.markets(request, CHANNEL)))
        return await self._forward("instruments", "GET", "/instruments", params={"markets": markets})

    def _market(self, path: str) -> Handler:
        """The handler of an operation on one market that the prices service answers."""

        async def handler(request: Request) -> Response:
            market = await self._access.market(request, CHANNEL, request.path_params["market"])
            where = f"/markets/{market}/{path.format(**request.path_params)}"
            return await self._forward("prices", "GET", where, params=dict(request.query_params))

        return handler

    async def _prices(self, market: str, path: str) -> Response:
        """For the hub, whose page knows the platform's own names only."""
        return await self._ask("prices", "GET", f"/markets/{market}/{path}")

    async def _jobs(self, request: Request) -> Response:
        """Exports and scenarios: the jobs service answers for the caller's customer."""
        if known := await self._opened_by_fault(request):
            return known
        markets = await self._access.markets(request, CHANNEL)
        if "lacks_job_routes" in self.faults and "job" in request.path_params:
            return self._nowhere()
        caller = await self._access.caller(request)
        operation = request.scope[OPERATION]
        kind = operation.removesuffix("s") + "s"
        where = f"/{kind}/{request.path_params['job']}" if "job" in request.path_params else f"/{kind}"
        headers = {"X-Customer": caller.customer or "", "X-Markets": ",".join(sorted(markets))}
        body = await request.body()
        if len(body) > MOST_BODY:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long", f"a body has at most {MOST_BODY} bytes")
        if body:
            with contextlib.suppress(ValueError):
                body = json.dumps(restored(json.loads(body), self._settings.web.fields)).encode()
        return await self._forward("jobs", request.method, where, headers=headers, content=body)

    async def _opened_by_fault(self, request: Request) -> Response | None:
        """The job, whoever's it is and whoever asks, where it is there and a fault looks for it first."""
        await self._access.caller(request)
        if "opens_known_jobs" not in self.faults or request.method != "GET" or "job" not in request.path_params:
            return None
        where = f"/{request.scope[OPERATION]}s/{request.path_params['job']}"
        found = await self._forward("jobs", "GET", where, headers={"X-Customer": "miso-customer-1"})
        return found if found.status_code == HTTPStatus.OK else None

    async def _forward(self, service: str, method: str, path: str, **more: Any) -> Response:
        """The service's own answer, in the API's names for fields. Raises Problem (503) when it gives none."""
        answer = await self._ask(service, method, path, **more)
        if not self._settings.web.fields or not answer.body:
            return answer
        content = renamed(json.loads(bytes(answer.body)), self._settings.web.fields)
        return JSONResponse(content, answer.status_code, media_type=answer.media_type)

    async def _ask(self, service: str, method: str, path: str, **more: Any) -> Response:
        try:
            answer = await self._upstream.request(method, self._services[service] + path, **more)
        except httpx.HTTPError as error:
            self.dependencies.note(service, up=False, why=error)
            detail = f"the {service} service does not answer"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{service}_unavailable", detail) from error
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    async def _hand_on(self, request: httpx.Request) -> None:
        if "drops_request_id" not in self.faults:
            await hand_on(request)

    def _json(self, content: Any) -> Response:
        return JSONResponse(renamed(content, self._settings.web.fields))

    async def _watch(self) -> None:
        """Ask the services behind for a sign of life, for the health answer's dependencies."""
        while True:
            for service, url in self._services.items():
                try:
                    await self._upstream.get(f"{url}{self._settings.web.health_path}")
                    self.dependencies.note(service, up=True)
                except httpx.HTTPError as error:
                    self.dependencies.note(service, up=False, why=error)
            await self.dependencies.pause(WATCH_SECONDS)

    def _fail_by_fault(self) -> None:
        self._asked += 1
        if "puts_off" in self.faults and self._asked % 5 == 0:
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", "ask again later")
        if "fails_with_500" in self.faults:
            raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "see the service's log")


def main() -> None:
    """Run the gateway until SIGTERM."""
    settings = from_command_line(GatewaySettings)
    web, gateway = settings.web, Gateway(settings)
    app = application(
        web, gateway.faults, gateway.dependencies, gateway.routes(), gateway.lifespan, gateway.unknown, gateway.around
    )
    serve(app, web, sockets=True)


if __name__ == "__main__":
    main()
