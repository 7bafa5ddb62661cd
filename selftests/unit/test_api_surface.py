"""What a gateway serves is told by its refusals, and by nothing where they tell nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from golive.clients.http import Answer, HttpClient, Request
from golive.errors import CannotEstablish, NoEvidence, NotDescribed, TooLittleData, WrongVersion
from golive.facts.api import Api
from golive.facts.api_surface import ApiSurface, Surface
from golive.facts.openapi import Document
from selftests.unit.answering import answer, target

ROUTES = {
    ("GET", "/api/v1/curves"),
    ("GET", "/api/v1/jobs/golive-no-such-job"),
    ("DELETE", "/api/v1/jobs/golive-no-such-job"),
}
OPERATIONS = frozenset({"GET /api/v1/curves", "GET /api/v1/jobs/{job}", "DELETE /api/v1/jobs/{job}"})
RESPONSES = {"responses": {"200": {"description": "x"}}}
DOCUMENT = Document(
    {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/api/v1/curves": {"get": RESPONSES}, "/api/v1/jobs/{job}": {"get": RESPONSES, "delete": RESPONSES}},
    },
    "/openapi.json",
)
Platform = Callable[[str, str], Answer]


def gateway(method: str, path: str) -> Answer:
    if (method, path) in ROUTES:
        return answer(401, {"code": "unauthorized"}, {"x-release": "1"})
    if path in {route for _, route in ROUTES}:
        return answer(405, {"code": "method_not_allowed"})
    return answer(404, {"code": "not_found"})


def compared(monkeypatch: pytest.MonkeyPatch, platform: Platform, operations: frozenset[str] = OPERATIONS) -> Surface:
    plain = target()
    assert plain.api is not None

    def ask_many(_: HttpClient, requests: dict[str, Request], **__: Any) -> dict[str, Answer]:
        assert all("Authorization" not in request.headers for request in requests.values())
        root = plain.gateway.url
        return {name: platform(request.method, request.url.removeprefix(root)) for name, request in requests.items()}

    monkeypatch.setattr(HttpClient, "ask_many", ask_many)
    described = plain.model_copy(update={"api": plain.api.model_copy(update={"operations": operations})})
    return ApiSurface(Api(described)).compare(DOCUMENT, "1")


def test_what_is_refused_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared(monkeypatch, gateway)
    assert found.documented == found.served == OPERATIONS
    assert found.tried == 10


def test_a_method_that_nobody_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    def more(method: str, path: str) -> Answer:
        return answer(401, {}) if (method, path) == ("PUT", "/api/v1/curves") else gateway(method, path)

    found = compared(monkeypatch, more)
    assert found.served - found.documented == {"PUT /api/v1/curves"}


def test_a_path_that_only_the_target_names_is_tried_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def more(method: str, path: str) -> Answer:
        return answer(401, {}) if (method, path) == ("GET", "/api/v1/old") else gateway(method, path)

    found = compared(monkeypatch, more, OPERATIONS | {"GET /api/v1/old", "GET /api/v1/older"})
    assert found.served - found.documented == {"GET /api/v1/old"}


def test_a_documented_operation_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def fewer(method: str, path: str) -> Answer:
        return answer(404, {"code": "not_found"}) if "curves" in path else gateway(method, path)

    found = compared(monkeypatch, fewer)
    assert found.documented - found.served == {"GET /api/v1/curves"}


def test_a_404_of_its_own_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_route(method: str, path: str) -> Answer:
        return answer(404, {"code": "no_such_job"}) if method == "DELETE" and "jobs" in path else gateway(method, path)

    assert compared(monkeypatch, open_route).served == OPERATIONS


@pytest.mark.parametrize(
    ("platform", "error"),
    [
        (lambda *_: answer(401, {}), NoEvidence),
        (lambda method, path: gateway(method, path) if method != "GOLIVE" else answer(401, {}), NoEvidence),
        (lambda method, path: gateway(method, path) if method != "PUT" else answer(503, {}), TooLittleData),
        (lambda method, path: gateway(method, path) if method != "PUT" else answer(429, {}), TooLittleData),
        (
            lambda method, path: gateway(method, path) if method != "PUT" else answer(405, {}, {"x-release": "0"}),
            WrongVersion,
        ),
    ],
)
def test_where_refusals_tell_nothing(
    platform: Platform, error: type[CannotEstablish], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error):
        compared(monkeypatch, platform)


def test_a_target_that_names_no_operation_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotDescribed, match=r"api\.operations"):
        compared(monkeypatch, gateway, frozenset())
