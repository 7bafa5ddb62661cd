"""Latency of the API's requests by route and status, for Prometheus: under the names that web frameworks give it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from prometheus_client import Histogram
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EDGES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
REQUESTS = Histogram(
    "http_server_requests_seconds", "Until the answer begins.", ("method", "route", "status"), buckets=EDGES
)


class RequestCounts:
    """Counts what comes to one of the routes; other paths would make a series each."""

    def __init__(self, app: ASGIApp, routes: Iterable[str]) -> None:
        self._app = app
        self._routes = [(compile_path(route)[0], route) for route in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it when its answer begins."""
        route = self._route(scope["path"]) if scope["type"] == "http" else ""
        if not route:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                counter = REQUESTS.labels(scope["method"], route, message["status"])
                counter.observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, watch)

    def _route(self, path: str) -> str:
        return next((route for pattern, route in self._routes if pattern.fullmatch(path)), "")
