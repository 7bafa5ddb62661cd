"""Which calls are made of an OpenAPI document, and which are not because they could change something."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.errors import NoEvidence, ProtocolBroken, TooLittleData
from golive.facts.api import Api
from golive.facts.entitlement import Entitlement, Walk
from golive.facts.openapi import Document
from golive.facts.trials import Trials
from golive.residue import RunId
from golive.target.load import read
from golive_lab.configuration import Configuration
from golive_lab.platform import api
from selftests.unit.answering import answer

LAB = read(Path(__file__).parents[2] / "targets" / "lab.toml").target
STRICT = {"content": {"application/json": {"schema": {"type": "object", "required": ["market"]}}}}
LAX = {"content": {"application/json": {"schema": {"type": "object"}}}}


def trials(paths: dict[str, Any], **more: Any) -> Trials:
    content = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **more}
    return Trials(Api(LAB), RunId.make(), Document(content, "/openapi.json"))


def names(plan: Trials) -> set[str]:
    return {each.operation for each in plan.all()} - {f"GET {each.route}" for each in LAB.api.unlisted}  # type: ignore[union-attr] # the lab's target has [api]


@pytest.mark.parametrize(
    ("method", "path", "body", "tried"),
    [
        ("post", "/exports", STRICT, True),
        ("post", "/exports", LAX, False),
        ("post", "/purge", None, False),
        ("delete", "/exports/{job}", None, True),
        ("delete", "/watchlist", STRICT, False),
        ("delete", "/markets/{market}", None, False),
        ("put", "/alerts/{job}", LAX, False),
        ("put", "/alerts/{job}", STRICT, True),
        ("patch", "/alerts/{market}", STRICT, False),
    ],
)
def test_an_unsafe_call_is_made_only_where_it_can_change_nothing(
    method: str, path: str, body: Any, *, tried: bool
) -> None:
    plan = trials({path: {method: {"responses": {}} | ({"requestBody": body} if body else {})}})
    name = f"{method.upper()} {path}"
    assert (name in names(plan), plan.untried()) == (tried, () if tried else (name,))
    assert name in plan.operations()


def test_an_impossible_id_and_a_wrong_body_are_what_is_sent() -> None:
    plan = trials({"/alerts/{job}": {"put": {"responses": {}, "requestBody": STRICT}}})
    (call,) = (each for each in plan.all() if each.operation.startswith("PUT"))
    assert "golive-" in call.request.url
    assert call.request.url.endswith("-none")
    assert call.request.content == b'{"golive": "must be refused"}'


def test_a_referenced_path_is_walked_and_a_reference_out_of_the_document_is_said() -> None:
    shared = {"components": {"pathItems": {"Y": {"get": {"responses": {"200": {"description": "y"}}}}}}}
    assert names(trials({"/y": {"$ref": "#/components/pathItems/Y"}}, **shared)) == {"GET /y"}
    with pytest.raises(ProtocolBroken, match="not in it"):
        names(trials({"/y": {"$ref": "other.json#/Y"}}))


def test_an_operation_whose_parameter_has_no_value_is_no_evidence() -> None:
    with pytest.raises(NoEvidence, match="no value for zone"):
        names(trials({"/zones/{zone}": {"get": {"responses": {}}}}))


def test_paths_stand_below_the_documents_server() -> None:
    plan = trials({"/y": {"get": {"responses": {}}}, "/internal": True}, servers=[{"url": "https://api.example/base/"}])
    assert names(plan) == {"GET /base/y"}


def _served(request: Request) -> int:
    if request.url.endswith("/ws"):
        return 426
    return {"POST": 422, "DELETE": 404}.get(request.method, 404 if "golive-no-such-job" in request.url else 200)


def entitlement(monkeypatch: pytest.MonkeyPatch, document: Document) -> tuple[Walk, list[Request]]:
    """A walk in which every call is refused to the CAISO persona, and CAISO's market to the MISO persona as well."""
    asked: list[Request] = []

    def ask_many(_: HttpClient, requests: Mapping[str, Request], *, connections: int) -> dict[str, Answer]:
        assert connections > 0
        asked.extend(requests.values())
        refusal = {"title": "no", "status": 403, "code": "entitlement_required", "detail": "no"}
        wrong = {"POST": 422, "DELETE": 404}
        served = {
            name: wrong.get(r.method, 404 if "golive-no-such-job" in r.url else 200) for name, r in requests.items()
        }
        served |= {name: 426 for name, r in requests.items() if r.url.endswith("/ws")}
        refused = {n for n, r in requests.items() if n.endswith("caiso") or "/caiso" in unquote(r.url).lower()}
        return {n: answer(403, refusal) if n in refused else answer(s, {}) for n, s in served.items()}

    monkeypatch.setattr(HttpClient, "ask_many", ask_many)
    monkeypatch.setattr(HttpClient, "ask", lambda *_, **__: answer(404, {"code": "not_found"}))
    return Entitlement(LAB, RunId.make()).walk(document, SecretStr("caiso-token"), SecretStr("miso-token")), asked


def lab_document(*, without: str = "") -> Document:
    shape = Configuration.load("reference").platform
    about = api.Description("r", shape.route_prefix, shape.paths, {})
    content = api.document(api.operations("cursor"), about)
    return Document({**content, "paths": {p: v for p, v in content["paths"].items() if p != without}}, "/openapi.json")


def test_a_walk_over_the_labs_own_document_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    walk, asked = entitlement(monkeypatch, lab_document())
    assert (walk.open, walk.undeclared, walk.untried) == ((), (), ())
    assert {r.headers["Authorization"] for r in asked} == {"Bearer caiso-token", "Bearer miso-token"}
    assert {r.headers.get("X-Original-URL") for r in asked} >= {"/api/v1/whoami", "/api/v1/instruments"}
    assert [r.headers["Authorization"] for r in asked[:2]] == ["Bearer caiso-token", "Bearer miso-token"]


@pytest.mark.parametrize("path", ["/api/v1/exports", "/api/v1/markets/{market}/curves/{hub}", "/api/v1/scenarios"])
def test_a_route_of_the_target_that_the_document_does_not_have_is_said(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    walk, _ = entitlement(monkeypatch, lab_document(without=path))
    assert [route.rpartition("/")[2] for route in walk.undeclared] == [path.rpartition("/")[2]]


def test_what_went_untried_is_no_evidence() -> None:
    facts = Entitlement(LAB, RunId.make())
    facts.confirm_tried(Walk((), (), ()))
    with pytest.raises(NoEvidence, match="DELETE /watchlist may not be tried"):
        facts.confirm_tried(Walk((), ("DELETE /watchlist",), ()))


def test_what_the_target_forbids_is_never_tried() -> None:
    assert LAB.api is not None
    careful = LAB.model_copy(update={"api": LAB.api.model_copy(update={"never": frozenset({"POST /exports"})})})
    content = {"openapi": "3.1.0", "paths": {"/exports": {"post": {"responses": {}, "requestBody": STRICT}}}}
    plan = Trials(Api(careful), RunId.make(), Document(content, "/openapi.json"))
    assert (names(plan), plan.untried()) == (set(), ("POST /exports",))


@pytest.mark.parametrize("status", [408, 425, 429])
def test_an_answer_that_puts_off_says_nothing(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(HttpClient, "ask_many", lambda _, asked, **__: dict.fromkeys(asked, answer(status, {})))
    monkeypatch.setattr(HttpClient, "ask_all", lambda _, asked, **__: dict.fromkeys(asked, answer(status, {})))
    facts, token = Entitlement(LAB, RunId.make()), SecretStr("a-token")
    with pytest.raises(TooLittleData, match=f"put off with {status}"):
        facts.walk(lab_document(), token, token)
    with pytest.raises(TooLittleData, match=f"put off with {status}"):
        facts.hub(token)
