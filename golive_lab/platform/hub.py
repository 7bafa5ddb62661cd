"""The Web Hub: one page and its files for everybody, and its data for customers who have the hub channel.

The page logs in through Keycloak by itself (authorization code with PKCE); no token is kept here.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from golive_lab.platform.access import Access
from golive_lab.platform.config import GatewaySettings
from golive_lab.platform.faults import Faults
from golive_lab.platform.live import Live
from golive_lab.platform.web import Endpoint, Problem

FILES = Path(__file__).parent / "hub_page"
BROKEN = Path(__file__).parent / "hub_faults"
"""What a fault adds to a file of the page, by fault and file name."""
MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
CHANNEL = "hub"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {issuer}; base-uri 'none'; frame-ancestors 'none'"
)

Forward = Callable[[str, str], Awaitable[Response]]
"""Asks the prices service for ``/markets/{market}/<path>``."""


class Hub:
    """Page, configuration and data below one path."""

    def __init__(self, settings: GatewaySettings, access: Access, live: Live, forward: Forward, faults: Faults) -> None:
        self._settings, self._access, self._live, self._forward, self._faults = settings, access, live, forward, faults
        self._path = settings.hub.path

    def routes(self) -> list[Route]:
        """Every route of the hub."""
        endpoints: dict[str, Endpoint] = {
            f"{self._path}/": self._page,
            f"{self._path}/config.json": self._config,
            f"{self._path}/data/session": self._session,
            f"{self._path}/data/{{market}}/latest": self._data("prices/latest"),
            f"{self._path}/data/{{market}}/curves": self._data("curves"),
            f"{self._path}/data/{{market}}/curves/{{hub}}": self._data("curves/{hub}"),
            f"{self._path}/data/{{market}}/stream": self._stream,
            f"{self._path}/{{file}}": self._file,
        }
        return [Route(path, endpoint) for path, endpoint in endpoints.items()]

    async def _page(self, _: Request) -> Response:
        if "hub_blank" in self._faults:
            return Response("<!doctype html><title>Market Hub</title>", media_type="text/html")
        return self._read("index.html")

    async def _file(self, request: Request) -> Response:
        name = request.path_params["file"]
        if name not in {path.name for path in FILES.iterdir()}:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is no such file")
        if name == "hub.css" and "hub_asset_missing" in self._faults:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is no such file")
        if name == "hub.js" and "hub_script_error" in self._faults:
            return Response("throw new Error('broken build');\n" + (FILES / name).read_text(), media_type=MEDIA[".js"])
        return self._read(name, b"".join(self._additions(name)))

    def _additions(self, name: str) -> Iterator[bytes]:
        for path in BROKEN.glob(f"*/{name}"):
            if path.parent.name in self._faults:
                yield path.read_bytes()

    def _read(self, name: str, addition: bytes = b"") -> Response:
        path = FILES / name
        issuer = self._settings.identity.issuer.split("/realms/")[0]
        headers = {"Content-Security-Policy": POLICY.format(issuer=issuer), "Cache-Control": "no-cache"}
        return Response(path.read_bytes() + addition, media_type=MEDIA[path.suffix], headers=headers)

    async def _config(self, _: Request) -> Response:
        """What the page must know before anybody has logged in."""
        client = "no-such-client" if "hub_login_broken" in self._faults else self._settings.hub.client_id
        return JSONResponse({"issuer": self._settings.identity.issuer, "client": client})

    async def _session(self, request: Request) -> Response:
        if "hub_login_loop" in self._faults:
            raise Problem(HTTPStatus.UNAUTHORIZED, "invalid_token", "log in again")
        caller = await self._access.caller(request)
        markets = sorted(await self._access.markets(request, CHANNEL))
        return JSONResponse({"customer": caller.customer, "markets": markets})

    def _data(self, path: str) -> Endpoint:
        async def data(request: Request) -> Response:
            market = await self._access.market(request, CHANNEL, request.path_params["market"])
            if "hub_without_data" in self._faults:
                return _emptied(await self._forward(market, path.format(**request.path_params)))
            return await self._forward(market, path.format(**request.path_params))

        return data

    async def _stream(self, request: Request) -> Response:
        return await self._live.sse(request, CHANNEL, own_names=True)


def _emptied(answer: Response) -> Response:
    """The same answer with every list in it empty."""
    content: dict[str, Any] = json.loads(bytes(answer.body))
    return JSONResponse({name: [] if isinstance(value, list) else value for name, value in content.items()})
