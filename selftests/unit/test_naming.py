"""Which fields a refusal names by itself, and which it only repeats."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from golive.facts.naming import named
from golive.facts.scenario import naming
from selftests.unit.answering import answer

ROUTE = "/api/v1/scenarios"
BODY = {"market": "MISO", "hub": "NO.SUCH.hub", "percent": "ten", "volume": 7440, "label": "golive-1"}
FIELDS = ("market", "hub", "percent", "volume")


def of(content: Any, body: Any = BODY) -> set[str]:
    return set(named(answer(422, content), body, ROUTE, FIELDS))


@pytest.mark.parametrize(
    "content",
    [
        {"detail": "percent: 'ten' is not of type 'number'"},
        {"detail": [{"loc": ["body", "percent"], "msg": "not a number", "input": "ten"}]},
        {"detail": [{"loc": ["body", "percent"], "msg": "missing", "input": BODY}]},
        {"errors": {"percent": ["must be a number"]}},
        {"errors": [{"pointer": "#/percent"}]},
        {"request": BODY, "detail": "percent makes no sense"},
        b"percent must be a number",
        json.dumps(json.dumps({"error": "percent"})).encode(),
    ],
)
def test_a_field_that_is_named(content: object) -> None:
    assert of(content) == {"percent"}


@pytest.mark.parametrize(
    "content",
    [
        {"code": "invalid"},
        {"code": "invalid", "request": BODY},
        {"code": "invalid", **BODY},
        {"code": "invalid", "request": {**BODY, "volume": "7440.0"}},
        {"code": "invalid", "request": json.dumps(BODY)},
        {"detail": f"cannot do {json.dumps(BODY)}"},
        {"detail": f"cannot do {json.dumps(BODY, separators=(',', ':'))}"},
        {"detail": f"cannot do {BODY}"},
        {"detail": f"cannot do {urlencode(BODY)}"},
        f"cannot do {json.dumps(json.dumps(BODY))}".encode(),
        {"type": "https://errors.example/percent", "instance": f"{ROUTE}?percent=ten"},
        {"detail": "percentage of hubs"},
        {"detail": "NO.SUCH.hub"},
    ],
)
def test_what_is_only_repeated_names_nothing(content: object) -> None:
    assert of(content) == set()


def test_fields_within_fields_are_repeated_too() -> None:
    assert of({"shock": {"percent": "ten"}}, {"shock": {"percent": "ten"}}) == set()
    assert of({"percent": "ten"}, {"shock": {"percent": "ten"}}) == set()


def test_a_refusal_is_about_its_field_and_not_the_same_whatever_is_wrong() -> None:
    percent, hub, both = frozenset({"percent"}), frozenset({"hub"}), frozenset({"percent", "hub"})
    assert naming("percent", percent, [("percent", percent), ("hub", hub)], FIELDS) == "naming percent"
    assert naming("percent", hub, [("percent", hub), ("hub", hub)], FIELDS) == "not naming percent"
    assert naming("percent", both, [("percent", both), ("hub", hub)], FIELDS) == "naming percent"
    said = naming("percent", both, [("percent", both), ("hub", both)], FIELDS)
    assert said == "naming hub, percent whatever is wrong"
    assert naming("hub", frozenset(FIELDS), [("hub", frozenset(FIELDS))], FIELDS).endswith("whatever is wrong")
