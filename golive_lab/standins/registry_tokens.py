"""The authorization service of the lab's registry: a token for the suite's user, which may pull and nothing else.

https://distribution.github.io/distribution/spec/auth/token/. The registry itself is a real one and takes these tokens.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.routing import Route

from golive_lab.registry_access import access, signed
from golive_lab.standins.base import Answer, StandIn, basic_password

FAULTS: Final = {
    "grants_nothing": "its tokens allow nothing",
    "tokenless": "it answers 200 without a token",
}
USER: Final = "golive"
KEY: Final = "signing-key"
CHAIN: Final = "signing-certificate"
MAY: Final = frozenset({"pull"})


def routes(stand: StandIn) -> list[Route]:
    """The one that registries name as their realm."""

    def token(request: Request) -> Answer:
        if stand.faulty("tokenless"):
            return HTTPStatus.OK, {}
        may = frozenset() if stand.faulty("grants_nothing") else MAY
        asked = [access(scope, may) for each in request.query_params.getlist("scope") for scope in each.split()]
        claims = [claim for claim in asked if claim]
        return HTTPStatus.OK, {"token": signed(stand.secret(KEY).encode(), stand.secret(CHAIN).encode(), USER, claims)}

    return [stand.guarded("/token", partial(basic_password, user=USER), token)]
