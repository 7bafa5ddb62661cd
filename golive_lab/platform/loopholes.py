"""Ways round the entitlement that real gateways have had. Each is shut unless a fault opens it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from golive_lab.platform.access import EXEMPT
from golive_lab.platform.faults import Faults


class Loopholes:
    """Stands before the routes and lets a request round the entitlement where a fault says so."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, changed where a loophole is open."""
        if scope["type"] == "http":
            self._open(scope)
        await self._app(scope, receive, send)

    def _open(self, scope: Scope) -> None:
        path: str = scope["path"]
        if "trailing_slash_open" in self._faults and path.endswith("/") and path != "/":
            scope.update({"path": path.rstrip("/"), EXEMPT: True})
        if "doubled_slash_open" in self._faults and "//" in path:
            scope.update({"path": path.replace("//", "/"), EXEMPT: True})
        if "upper_case_open" in self._faults and path != path.lower():
            scope.update({"path": path.lower(), EXEMPT: True})
        if "encoded_open" in self._faults and b"%" in scope.get("raw_path", b""):
            scope[EXEMPT] = True
        self._by_header(scope, Headers(scope=scope))

    def _by_header(self, scope: Scope, headers: Headers) -> None:
        named = headers.get("x-original-url")
        if named and "trusts_original_url" in self._faults:
            # The rule is looked up by the header, the route by the path.
            scope[EXEMPT] = True
        if named and "follows_original_url" in self._faults:
            scope.update({"path": named, EXEMPT: True})
