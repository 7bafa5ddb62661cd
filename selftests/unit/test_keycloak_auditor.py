"""Keycloak's admin API as an auditor: pages, refusals and what is no answer of Keycloak's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.keycloak_admin import MOST, PAGE, KeycloakAuditor
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TooLittleData, Unreachable
from golive.target.keycloak import Auditor
from selftests.unit.answering import answer, target

Told = Callable[[Request], Answer]


@pytest.fixture
def auditor(tmp_path: Path) -> KeycloakAuditor:
    (tmp_path / "secret").write_text("s3cret", encoding="utf-8")
    described = Auditor.model_validate({"client_id": "auditor", "client_secret": {"file": tmp_path / "secret"}})
    return KeycloakAuditor(target(), "r", described)


def tell(monkeypatch: pytest.MonkeyPatch, told: Told) -> list[str]:
    """Answer in Keycloak's place; gives the paths that were asked for, tokens left out."""
    asked: list[str] = []

    def ask(_: HttpClient, request: Request, **__: Any) -> Answer:
        if request.url.endswith("/protocol/openid-connect/token"):
            return answer(200, {"access_token": "t", "expires_in": 60})
        asked.append(request.url.partition("/admin/realms/r")[2])
        return told(request)

    def ask_many(self: HttpClient, requests: Mapping[str, Request], **_: Any) -> dict[str, Answer | CannotEstablish]:
        return {name: ask(self, request) for name, request in requests.items()}

    monkeypatch.setattr(HttpClient, "ask", ask)
    monkeypatch.setattr(HttpClient, "ask_many", ask_many)
    return asked


def listing(total: int) -> Told:
    def page(request: Request) -> Answer:
        first, most = int(request.params["first"]), int(request.params["max"])
        return answer(200, [{"id": number} for number in range(first, min(total, first + most))])

    return page


@pytest.mark.parametrize("total", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
def test_a_listing_is_whole(auditor: KeycloakAuditor, monkeypatch: pytest.MonkeyPatch, total: int) -> None:
    tell(monkeypatch, listing(total))
    assert len(auditor.all("/users")) == total
    assert {key: len(found) for key, found in auditor.every({"a": "/a", "b": "/b"}).items()} == {"a": total, "b": total}


def test_a_listing_without_an_end_is_too_little(auditor: KeycloakAuditor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tell(monkeypatch, listing(10**9))
    with pytest.raises(TooLittleData):
        auditor.all("/users")
    assert len(asked) == MOST / PAGE


@pytest.mark.parametrize("status", [401, 403])
def test_what_the_auditor_may_not_see_names_the_rights(
    auditor: KeycloakAuditor, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    tell(monkeypatch, lambda _: answer(status, {"error": "no"}))
    with pytest.raises(CredentialsRefused, match="may not read /users") as raised:
        auditor.each({"a": "/users"})
    assert "view-users" in raised.value.hint


@pytest.mark.parametrize("given", [answer(200), answer(404, {"error": "no"}), answer(500, b"<html>")])
def test_what_is_no_answer_of_keycloaks_is_broken(
    auditor: KeycloakAuditor, monkeypatch: pytest.MonkeyPatch, given: Answer
) -> None:
    tell(monkeypatch, lambda _: given)
    with pytest.raises(ProtocolBroken):
        auditor.get("/users")


def test_one_that_does_not_answer_is_raised(auditor: KeycloakAuditor, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, listing(1))
    gone = Unreachable("identity", "away")
    monkeypatch.setattr(HttpClient, "ask_many", lambda *_, **__: {"0": answer(200, []), "1": gone})
    for asking in (auditor.every, auditor.each):
        with pytest.raises(Unreachable):
            asking({"a": "/a", "b": "/b"})
