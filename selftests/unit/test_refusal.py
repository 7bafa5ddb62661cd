"""Whether an answer is the entitlement's own refusal: pure judging of pairs of answers."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from golive.clients.http import Answer, Request
from golive.facts.refusal import REFUSED, Context, Trial, said_of
from golive.facts.variants import variants_of
from golive.target.functional import Refusal

REFUSAL = Refusal(field="code", equals="entitlement_required", fields=frozenset({"status", "code", "detail"}))
OWN = {"status": 403, "code": "entitlement_required", "detail": "this needs the entitlement"}
PRICES = {"prices": [{"node": "INDIANA.HUB", "price": 31.25}]}
PLAIN = Trial("GET /prices", "/prices", "plain", Request("https://x/prices"), frozenset({200}))
SLASH = Trial(
    "GET /prices", "/prices", "slash", Request("https://x/prices", raw_path="/prices/"), frozenset({200}), lenient=True
)
ELSEWHERE = Trial("GET /prices", "/prices", "header", Request("https://x/me"), frozenset({200}), elsewhere=True)
FORBIDDEN = Trial("GET /prices", "/prices", "market caiso", Request("https://x/prices"), frozenset())


def answer(status: int, content: Any = None, media: str = "application/json") -> Answer:
    body = b"" if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status, {"content-type": media}, body, 0.01, "TLSv1.3")


def moved(location: str) -> Answer:
    return Answer(302, {"location": location}, b"", 0.01, "TLSv1.3")


OK, NO, GONE = answer(200, PRICES), answer(403, OWN), answer(404, {"status": 404, "code": "not_found"})


@pytest.mark.parametrize(
    ("trial", "caiso", "miso", "expected"),
    [
        (PLAIN, NO, OK, REFUSED),
        (PLAIN, OK, OK, "has data in it: INDIANA.HUB"),
        (PLAIN, answer(200, {}), OK, "answered 200; expected the entitlement's own 403"),
        (PLAIN, GONE, OK, "answered 404"),
        (PLAIN, answer(401, OWN), OK, "answered 401"),
        (PLAIN, NO, NO, "no control: the MISO persona got 403, expected 200"),
        (PLAIN, answer(403, {**OWN, "code": "blocked"}), OK, "not the entitlement's: code 'blocked'"),
        (PLAIN, answer(403, b"<h1>Forbidden</h1>", "text/html"), OK, "not the entitlement's: code ''"),
        (PLAIN, answer(403, {**OWN, "hint": 1}), OK, "has more in it than a refusal: hint"),
        (PLAIN, answer(403, {**OWN, "detail": [1]}), OK, "has more in it"),
        (PLAIN, answer(403, {**OWN, "detail": "INDIANA.HUB is at 31.25"}), OK, "has data in it: INDIANA.HUB"),
        (SLASH, GONE, GONE, REFUSED),
        (SLASH, NO, OK, REFUSED),
        (SLASH, moved("/prices"), moved("/prices"), REFUSED),
        (SLASH, moved("https://x/Prices/"), moved("https://x/Prices/"), REFUSED),
        (SLASH, moved("https://files/x.csv?sig=1"), moved("https://files/x.csv?sig=1"), "answered 302"),
        (SLASH, moved("/other"), moved("/other"), "answered 302"),
        (SLASH, moved("https://elsewhere/prices"), moved("https://elsewhere/prices"), "answered 302"),
        (PLAIN, answer(403, {**OWN, "detail": "the last price is 31.26"}), OK, "the number 31.26"),
        (PLAIN, answer(403, {**OWN, "detail": "it was 31.25"}), OK, "has data in it: 31.25"),
        (PLAIN, answer(403, {**OWN, "detail": "RFC 9457, see /v1.2/errors"}), OK, REFUSED),
        (SLASH, OK, OK, "has data in it"),
        (SLASH, GONE, OK, "answered 404"),
        (SLASH, answer(401), answer(401), "answered 401"),
        (SLASH, answer(500), answer(500), "answered 500"),
        (SLASH, answer(404, {"status": 404, "rows": 3}), answer(404, {"status": 404, "rows": 3}), "answered 404"),
        (ELSEWHERE, answer(200, {"customer": "caiso"}), OK, REFUSED),
        (ELSEWHERE, OK, OK, "has data in it"),
        (FORBIDDEN, NO, NO, REFUSED),
        (FORBIDDEN, answer(200, {}), NO, "answered 200"),
        (FORBIDDEN, NO, answer(200, {}), "nobody may have it, and the MISO persona's call: answered 200"),
        (PLAIN, dataclasses.replace(NO, headers={"x-last-price": "INDIANA.HUB=31.25"}), OK, "has data in it: INDIANA"),
        (PLAIN, dataclasses.replace(NO, headers={"x-release": "2026.11.0"}), OK, REFUSED),
    ],
)
def test_what_is_said_of_a_pair_of_answers(trial: Trial, caiso: Answer, miso: Answer, expected: str) -> None:
    assert expected in said_of(trial, caiso, miso, OK, Context(REFUSAL))


def test_a_head_answer_has_no_words_to_look_for() -> None:
    head = Trial("GET /prices", "/prices", "HEAD", Request("https://x/prices", "HEAD"), frozenset({200}), lenient=True)
    assert said_of(head, answer(403), answer(200), OK, Context(REFUSAL)) == REFUSED
    assert "answered 200" in said_of(head, answer(200), answer(200), OK, Context(REFUSAL))


def test_every_variant_is_another_request_for_the_same_route() -> None:
    found = list(variants_of(PLAIN, "https://x/base", "/me"))
    assert found[0].variant == "plain"
    sent = {
        (each.request.method, each.request.raw_path or each.request.url, str(each.request.headers)) for each in found
    }
    assert len(sent) == len(found) == len({each.variant for each in found})
    assert {each.route for each in found} == {"/prices"}
    assert "/base/%70rices" in {each.request.raw_path for each in found}
