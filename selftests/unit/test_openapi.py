"""OpenAPI documents: what they declare, and whether bodies are what they say."""

from __future__ import annotations

from typing import Any

import pytest

from golive.errors import ProtocolBroken
from golive.facts.openapi import READS, UNSAFE, Document
from golive_lab.platform import api

ABOUT = api.Description("r1", "/api/v1", {}, {"price": "lmp"})
PATHS = {each.name: f"/{each.name}" for each in api.operations("cursor")} | {"curve": "/curves/{market}/{hub}"}


def document(**changes: Any) -> Document:
    about = api.Description("r1", "/api/v1", PATHS, ABOUT.fields)
    return Document({**api.document(api.operations("cursor"), about), **changes}, "/openapi.json")


def operation(name: str, method: str = "get") -> Any:
    found = document().operations(frozenset({method}))
    return next(each for each in found if each.described["operationId"] == f"{method}_{name}")


def test_the_platforms_own_document_is_valid_and_a_broken_one_is_not() -> None:
    assert document().problems == ()
    assert document(info={"title": "no version"}).problems != ()


@pytest.mark.parametrize("content", [None, [], {"swagger": "2.0"}, {"openapi": "4.0.0"}])
def test_what_is_no_document_is_said_so(content: Any) -> None:
    with pytest.raises(ProtocolBroken, match="no OpenAPI"):
        Document(content, "/openapi.json")


def test_operations_by_method() -> None:
    reads, unsafe = document().operations(READS), document().operations(UNSAFE)
    assert {each.method for each in reads} == {"get"}
    assert {each.method for each in unsafe} == {"post", "delete"}
    assert operation("curve").route({"market": "miso", "hub": "A"}) == "/api/v1/curves/miso/A"


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({"month": "2026-12", "lmp": 1}, ()),
        ({"month": "2026-13", "lmp": 1}, "points.0.month"),
        ({"month": "2026-12", "lmp": "1"}, "points.0.lmp"),
        ({"month": "2026-12", "price": 1}, "points.0"),
    ],
)
def test_bodies_against_the_schema(point: Any, said: Any) -> None:
    curve = {"market": "MISO", "hub": "A", "as_of": "2026-11-23", "unit": "USD/MWh", "points": [point]}
    problems = document().body_problems(operation("curve"), 200, "application/json", curve)
    assert problems == said if said == () else any(problem.startswith(said) for problem in problems)


def test_dates_are_looked_at_too() -> None:
    curve = {"market": "MISO", "hub": "A", "as_of": "yesterday", "unit": "USD/MWh", "points": []}
    assert document().body_problems(operation("curve"), 200, "application/json", curve) != ()


def test_an_answer_of_another_media_type_or_status() -> None:
    assert document().body_problems(operation("curve"), 200, "text/html", None) == (
        "media type 'text/html'; the document says application/json",
    )
    problem = {"title": "a", "status": 404, "code": "b", "detail": "c"}
    assert document().body_problems(operation("curve"), 404, "application/problem+json", problem) == ()


def test_the_harmless_body_fails_every_request_schema() -> None:
    asking = [each for each in document().operations(UNSAFE) if each.takes_body]
    assert {each.described["operationId"] for each in asking} == {"post_exports", "post_scenarios"}
    assert all(document().request_problems(each, {"golive": "must be refused"}) for each in asking)


def test_media_ranges_and_answers_without_a_schema() -> None:
    responses = {"200": {"content": {"*/*": {"schema": {"type": "object"}}}}, "201": {"content": {"text/csv": {}}}}
    shown = document(paths={"/y": {"get": {"responses": responses}}})
    (get,) = shown.operations(READS)
    assert shown.body_problems(get, 200, "application/json", []) == ("body: [] is not of type 'object'",)
    assert shown.body_problems(get, 201, "text/csv", "a,b") == ()
    assert get.success == {200, 201}


def test_a_document_that_its_validator_stumbles_over_has_a_problem() -> None:
    broken = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/x": {"get": {"responses": "x"}}}}
    assert Document(broken, "here").problems
