"""Who calls, and whether their customer may: the one place where the gateway decides that."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.requests import HTTPConnection

from golive_lab.platform.entitlements import Entitlements, missing
from golive_lab.platform.faults import Faults
from golive_lab.platform.tokens import Caller, Verifier, refused
from golive_lab.platform.web import Problem

MARKETS = frozenset({"MISO", "CAISO"})
EXEMPT: Final = "platform.exempt"
"""In a request's scope: a loophole, which only a fault opens, let it round the entitlement."""
CALLER: Final = "platform.caller"
"""In a request's scope: who it was, for the audit log."""
OPERATION: Final = "platform.operation"
"""In a request's scope: the operation of the API that it asks for."""
LEAKING_HEADER = {"X-Last-Price": "INDIANA.HUB=31.25"}
LEAK = {"prices": [{"node": "INDIANA.HUB", "price": 31.25}]}


class Access:
    """Token first, entitlement second, for each request."""

    def __init__(self, verifier: Verifier, entitlements: Entitlements, faults: Faults) -> None:
        self._verifier, self._entitlements, self._faults = verifier, entitlements, faults

    async def caller(self, request: HTTPConnection) -> Caller:
        """Whom the token speaks for. Raises Problem (401)."""
        caller = await self._verifier.caller(request.headers.get("authorization"))
        request.scope[CALLER] = caller
        return caller

    async def markets(self, request: HTTPConnection, channel: str) -> frozenset[str]:
        """The markets that the caller's customer may use by that channel. Raises Problem (401, 403)."""
        caller = await self.caller(request)
        if EXEMPT in request.scope or self._forgets(request, caller):
            return MARKETS
        granted = await self._entitlements.markets(caller.customer, channel)
        if not granted or "refuses_everybody" in self._faults:
            raise self._refusal("the API of any market" if channel == "api" else f"the {channel} of any market")
        return granted

    async def market(self, request: HTTPConnection, channel: str, market: str) -> str:
        """The market in upper case. Raises Problem (401, 403), also for a market that does not exist."""
        caller = await self.caller(request)
        market = market.upper()
        if EXEMPT in request.scope or self._forgets(request, caller):
            return market
        granted = await self._entitlements.markets(caller.customer, channel)
        if market not in granted or "refuses_everybody" in self._faults:
            raise self._refusal(f"the {channel.upper() if channel == 'api' else channel} of market {market}")
        return market

    def _forgets(self, request: HTTPConnection, caller: Caller) -> bool:
        if "open_without_token" in self._faults and caller.customer is None:
            return True
        if "forgets_unsafe_methods" in self._faults and request.scope.get("method") in {"POST", "DELETE"}:
            return True
        operation = request.scope.get(OPERATION)
        return ("forgets_one_route" in self._faults and operation == "curves") or (
            "stream_open_to_all" in self._faults and operation in {"stream", "stream_ws"}
        )

    def _refusal(self, what: str) -> Problem:
        """The entitlement's own answer; otherwise only by a fault."""
        if "refuses_with_404" in self._faults:
            return Problem(HTTPStatus.NOT_FOUND, "not_found", "there is no such route")
        if "refuses_with_401" in self._faults:
            return refused("the token does not hold")
        if "refuses_like_a_wall" in self._faults:
            return Problem(HTTPStatus.FORBIDDEN, "request_blocked", "blocked by policy")
        problem = missing(what)
        if "prices_in_refusal_header" in self._faults:
            return Problem(problem.status, problem.code, problem.detail, LEAKING_HEADER)
        return problem.saying(LEAK) if "prices_in_refusal" in self._faults else problem
