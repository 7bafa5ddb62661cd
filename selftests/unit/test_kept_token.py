"""A token is kept for half of its life, and no longer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from golive.facts import kept_token
from golive.facts.kept_token import KeptToken


def test_one_login_serves_until_half_of_the_tokens_life_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now, logins = [1000.0], []

    def log_in(persona: str) -> Any:
        logins.append(persona)
        now[0] += 3.0  # a login takes its time, by which the token is older
        return SimpleNamespace(token=SecretStr(f"token {len(logins)}"), lifetime_seconds=60)

    monkeypatch.setattr(kept_token, "time", SimpleNamespace(monotonic=lambda: now[0]))
    identity: Any = SimpleNamespace(log_in=log_in)
    token = KeptToken(identity, "miso")
    given = []
    for moment in (1000.0, 1003.0, 1029.9, 1030.0, 1032.0):
        now[0] = moment
        given.append(token.current().get_secret_value())
    assert given == ["token 1", "token 1", "token 1", "token 2", "token 2"]
    assert logins == ["miso", "miso"]
