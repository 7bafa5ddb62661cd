"""What every process of the platform answers alike: health, version header, problems as JSON; and how it is served."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any, Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, request_response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from golive_lab.platform import logs
from golive_lab.platform.appetite import Appetite
from golive_lab.platform.config import HOST, INSTANCE_PATH, METRICS_PATH, Web
from golive_lab.platform.faults import Faults
from golive_lab.platform.fields import renamed
from golive_lab.platform.pulse import Pulse
from golive_lab.platform.request_id import Requests

SLOW_HEALTH_SECONDS = 10.0
_CODES = {HTTPStatus.NOT_FOUND: "not_found", HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed"}
_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}
Endpoint = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)


class Lifespan(Protocol):
    """What runs beside the requests: entered before the first one, left after the last."""

    def __call__(self, app: Starlette, /) -> AbstractAsyncContextManager[None]:
        """The context to keep open."""


class Problem(Exception):
    """An answer other than success, as RFC 9457 problem details with a ``code`` for machines."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status.value} {code}: {detail}")
        self.status, self.code, self.detail, self.headers = status, code, detail, headers
        self._more: Mapping[str, Any] = {}

    def saying(self, more: Mapping[str, Any]) -> Problem:
        """The same problem with further fields in its body."""
        self._more = more
        return self

    def response(self, names: Mapping[str, str]) -> Response:
        """The answer itself, in the platform's own names for fields."""
        body = {"title": self.status.phrase, "status": self.status.value, "code": self.code, "detail": self.detail}
        content = renamed({**body, **self._more}, names)
        return JSONResponse(content, self.status.value, headers=self.headers, media_type="application/problem+json")


class Dependencies:
    """How the servers that a service needs were last seen; told in its health answer, apart from its own state."""

    def __init__(self, *names: str) -> None:
        self._states = dict.fromkeys(names, "UNKNOWN")
        self._confirmed: dict[str, float] = {}
        self._wanted = asyncio.Event()

    def note(self, name: str, *, up: bool, why: object = "") -> None:
        """Remember how the server was seen just now, and log a change; any thread may call this."""
        state = "UP" if up else "DOWN"
        if up:
            self._confirmed[name] = time.monotonic()
        if self._states[name] != state:
            self._states[name] = state
            log.warning("%s is %s%s", name, state, f": {type(why).__name__}: {why}" if why else "")

    def ask(self) -> None:
        """Let whoever pauses between two looks at a server look at once."""
        wanted, self._wanted = self._wanted, asyncio.Event()
        wanted.set()

    async def pause(self, seconds: float) -> None:
        """Return after so long, or as soon as somebody asks."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), seconds)

    def as_dict(self) -> dict[str, str]:
        """``UP``, ``DOWN`` or ``UNKNOWN`` by name."""
        return dict(self._states)

    def confirmed(self) -> dict[str, float]:
        """For each server that is in reach, how many seconds ago it was last seen to be."""
        now = time.monotonic()
        return {name: now - self._confirmed[name] for name, state in self._states.items() if state == "UP"}


class Health:
    """The service's own health and version, and the faults that touch them."""

    def __init__(self, web: Web, faults: Faults, dependencies: Dependencies) -> None:
        self._web, self._faults, self._dependencies = web, faults, dependencies

    def header_release(self, status: int) -> str | None:
        """The release that the version header of an answer of that status names; None where it has no such header."""
        if status == HTTPStatus.UNAUTHORIZED and "nameless_refusals" in self._faults:
            return None
        return self._web.previous_release if "old_release_header" in self._faults else self._release()

    async def answer(self, _: Request) -> Response:
        """The health route."""
        if "slow_health" in self._faults:
            await asyncio.sleep(SLOW_HEALTH_SECONDS)
        if "health_500" in self._faults:
            raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "the health check failed")
        return JSONResponse(self._body(up="reports_down" not in self._faults))

    async def instance(self, _: Request) -> Response:
        """The lab's own route; what is not confirmed yet, or long ago, soon is."""
        self._dependencies.ask()
        confirmed, faults = self._dependencies.confirmed(), sorted(self._faults.in_force)
        return JSONResponse({"instance": self._web.instance, "confirmed": confirmed, "faults": faults})

    def _release(self) -> str:
        return self._web.previous_release if "old_version" in self._faults else self._web.release

    def _body(self, *, up: bool) -> dict[str, Any]:
        dependencies = self._dependencies.as_dict()
        if self._web.health_format == "nested":
            state = {"overall": "ok" if up else "failing"}
            build = {"tag": self._release(), "image": self._web.image}
            return {"state": state, "build": build, "dependencies": dependencies}
        told = {"version": self._release(), "image": self._web.image, "dependencies": dependencies}
        return {"status": "UP" if up else "DOWN", **told}


async def metrics(_: Request) -> Response:
    """The process by itself, and what the service counts, for Prometheus."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})


class _VersionHeader:
    """Puts the version header on every answer, errors included, and logs those of the service's own."""

    def __init__(self, app: ASGIApp, web: Web, health: Health, pulse: Pulse) -> None:
        self._app, self._web, self._health, self._pulse = app, web, health, pulse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_header(message: Message) -> None:
            if message["type"] in _STARTS:
                message.setdefault("headers", [])
                status = message.get("status", HTTPStatus.SWITCHING_PROTOCOLS)
                self._pulse.answered(status)
                if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    log.error("%s %s answered %s", scope.get("method", "WebSocket"), scope["path"], status)
                release = self._health.header_release(status)
                if release is not None:
                    MutableHeaders(scope=message)[self._web.version_header] = release
            await send(message)

        await self._app(scope, receive, send_with_header)


def application(
    web: Web,
    faults: Faults,
    dependencies: Dependencies,
    routes: Sequence[BaseRoute],
    lifespan: Lifespan,
    unknown: Endpoint | None = None,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> ASGIApp:
    """The service: its routes, health, and problems for everything that goes wrong.

    ``unknown`` answers on all other routes, in place of a plain 404; ``around`` puts something before the routes.
    """
    health, pulse = Health(web, faults, dependencies), Pulse()

    @contextlib.asynccontextmanager
    async def alive(app: Starlette) -> AsyncIterator[None]:
        async with pulse.beating(), Appetite(faults).lifespan(), lifespan(app):
            yield

    app = Starlette(
        routes=[
            Route(web.health_path, health.answer),
            Route(INSTANCE_PATH, health.instance),
            Route(METRICS_PATH, metrics),
            *routes,
        ],
        exception_handlers=_handlers(web.fields),
        lifespan=alive,
    )
    app.router.redirect_slashes = False
    if unknown is not None:
        app.router.default = request_response(unknown)
    return Requests(_VersionHeader(around(app), web, health, pulse))


def serve(app: ASGIApp, web: Web, *, sockets: bool = False) -> None:
    """Answer on loopback until SIGTERM; with ``sockets`` WebSockets too."""
    logs.begin(web.service, web.log_file)
    uvicorn.run(
        app,
        host=HOST,
        port=web.port,
        loop="asyncio",
        http="h11",
        ws="websockets-sansio" if sockets else "none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=web.cert_file,
        ssl_keyfile=web.key_file,
    )


def _handlers(names: Mapping[str, str]) -> dict[Any, Callable[[Any, Exception], Awaitable[Response]]]:
    """How each kind of error is answered."""

    async def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - registered for that class alone
        return error.response(names)

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for that class alone
        status = HTTPStatus(error.status_code)
        return Problem(status, _CODES.get(status, "refused"), error.detail, error.headers).response(names)

    async def unexpected(_: Request, error: Exception) -> Response:
        log.exception("not answered", exc_info=error)
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "see the service's log").response(names)

    return {Problem: problem, HTTPException: http, Exception: unexpected}
