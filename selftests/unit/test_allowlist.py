"""From where and by which ways an allowlist is tried, and what is cached on the way to customers."""

from __future__ import annotations

from typing import Any

import pytest

from golive.clients.handshake import Place
from golive.clients.http import Answer, Request
from golive.errors import Unreachable
from golive.facts import allowlist
from golive.facts.allowlist import FORGED, Allowlist
from golive.facts.cached import REFUSALS, Fetched
from selftests.unit.answering import target

NOBODY = Unreachable("edge", "refused", hint="is it up?")


def answer(status: int) -> Answer:
    return Answer(status, {}, b"", 0.1, "")


@pytest.mark.parametrize(
    ("way", "said", "state"),
    [
        ("at 192.0.2.1", answer(403), "refused"),
        ("at 192.0.2.1", answer(404), "HTTP 404"),
        ("straight to the origin, forged X-Real-IP", answer(200), "passes"),
        ("straight to the origin", NOBODY, "refused"),
        ("written otherwise at 192.0.2.1, encoded letter: /%68ealth", answer(404), "refused"),
        ("written otherwise at 192.0.2.1, encoded letter: /%68ealth", answer(200), "passes"),
        ("written otherwise at 192.0.2.1, encoded letter: /%68ealth", answer(503), "HTTP 503"),
        ("plain HTTP at 192.0.2.1", answer(308), "refused"),
        ("plain HTTP at 192.0.2.1", NOBODY, "refused"),
        ("plain HTTP at 192.0.2.1", answer(200), "passes"),
    ],
)
def test_each_way_is_refused_in_its_own_manner(way: str, said: Any, state: str) -> None:
    assert Allowlist(target())._state(way, said) == state


def test_where_the_edge_itself_does_not_answer_nothing_is_known() -> None:
    with pytest.raises(Unreachable):
        Allowlist(target())._state("at 192.0.2.1", NOBODY)


def test_the_ways_from_outside_are_every_header_at_edge_and_origin_other_paths_and_plain_http(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Request] = {}
    monkeypatch.setattr(allowlist, "addresses_of", lambda _, host, port: (Place(host, "192.0.2.1", port),))
    listed = Allowlist(target())
    monkeypatch.setattr(listed, "_calls", lambda _, ways: asked.update(ways) or ())
    listed.from_outside()
    for header in (*FORGED, "Forwarded"):
        for way in ("at 192.0.2.1", "straight to the origin"):
            assert header in asked[f"{way}, forged {header}"].headers
    assert asked["straight to the origin, forged X-Real-IP"].headers["Host"] == "hub.example.test"
    assert {each.raw_path for each in asked.values()} >= {"/%68ealth", "//health", "/HEALTH", "/health/"}
    assert asked["plain HTTP at 192.0.2.1"].url == "http://192.0.2.1:8080/health"


@pytest.mark.parametrize(("bare", "leaked"), [(0, False), (401, False), (302, False), (200, True), (204, True)])
def test_what_one_without_a_token_is_given_has_leaked(bare: int, leaked: bool) -> None:
    assert Fetched("/a", "192.0.2.1", (200, 200), hit=False, bare=bare).leaked is leaked


def test_what_was_reached_is_no_refusal_of_who_goes_round() -> None:
    assert 403 in REFUSALS
    assert not REFUSALS & {200, 308, 401, 405, 429, 502}
