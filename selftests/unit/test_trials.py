"""Which calls are made of an OpenAPI document, and which are not because they could change something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive.errors import NoEvidence, ProtocolBroken
from golive.facts.api import Api
from golive.facts.openapi import Document
from golive.facts.trials import Trials
from golive.residue import RunId
from golive.target.load import read

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
