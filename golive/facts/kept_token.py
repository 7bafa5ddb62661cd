"""A persona's token that is there when it is needed: a login takes seconds, which are a window's own otherwise."""

from __future__ import annotations

import time

from pydantic import SecretStr

from golive.facts.identity import Identity

USED = 0.5
"""Share of a token's life after which another one is asked for."""


class KeptToken:
    """One persona's, from its latest login. Whoever connects in a window asks for it before, so that it is there."""

    def __init__(self, identity: Identity, persona: str) -> None:
        self._identity, self._persona = identity, persona
        self._token: SecretStr | None = None
        self._good_until = 0.0

    def current(self) -> SecretStr:
        """A token that is good for half of its life at least. Raises what keeps the persona from logging in."""
        if self._token is None or time.monotonic() >= self._good_until:
            began = time.monotonic()
            login = self._identity.log_in(self._persona)
            self._token, self._good_until = login.token, began + USED * login.lifetime_seconds
        return self._token
