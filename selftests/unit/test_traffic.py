"""The little traffic of quiet windows: a gateway that fails now and then is asked all the same."""

from __future__ import annotations

from http import HTTPStatus
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from golive.clients.http import Answer, Request
from golive.errors import ProtocolBroken
from golive.facts import traffic
from golive.facts.traffic import TRIES, Traffic
from selftests.unit.answering import answer, answers, target

DOCUMENT = {"openapi": "3.1.0", "info": {"version": "1"}, "paths": {}}


def signed(monkeypatch: pytest.MonkeyPatch, failures: int) -> int:
    """How often the document was asked for, by a gateway that fails so often first."""
    monkeypatch.setattr(traffic, "PAUSE", 0.0)
    asked: list[Request] = []

    def gateway(request: Request) -> Answer:
        asked.append(request)
        return answer(HTTPStatus.BAD_GATEWAY, {}) if len(asked) <= failures else answer(200, DOCUMENT)

    answers(monkeypatch, gateway)
    login = SimpleNamespace(token=SecretStr("t"), lifetime_seconds=60)
    Traffic(target(), SimpleNamespace(log_in=lambda _: login))._sign()  # type: ignore[arg-type] # a stand-in
    return len(asked)


@pytest.mark.parametrize("failures", [0, 1, TRIES - 1])
def test_it_is_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch, failures: int) -> None:
    assert signed(monkeypatch, failures) == failures + 1


def test_one_that_always_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProtocolBroken, match="answered 502; expected the OpenAPI document"):
        signed(monkeypatch, TRIES)
