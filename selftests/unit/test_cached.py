"""Whether a cache on the way to customers keeps what it is given, by whatever sign, and who may go round it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import pytest
from pydantic import SecretStr

from golive.clients.handshake import Place
from golive.clients.http import Answer, Request
from golive.facts import cached
from golive.facts.cached import Cached, Fetched
from selftests.unit.answering import answer, answers, target


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Cached:
    """The target's, of a host with one address, as seen by a customer who is logged in."""
    monkeypatch.setattr(cached, "addresses_of", lambda _, host, port: (Place(host, "192.0.2.1", port),))
    monkeypatch.setattr(Cached, "_token", SecretStr("t"))
    return Cached(target())


def with_token(request: Request) -> bool:
    return any(name.lower() == "authorization" for name in request.headers)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, False),
        ({"x-cache": "HIT"}, True),
        ({"x-cache": "MISS"}, False),
        ({"age": "0"}, False),
        ({"age": "7"}, True),
    ],
)
def test_a_cache_is_told_by_its_header_or_by_the_age_of_what_it_gives(
    cache: Cached, monkeypatch: pytest.MonkeyPatch, headers: Mapping[str, str], kept: bool
) -> None:
    answers(monkeypatch, lambda request: answer(200, headers=headers) if with_token(request) else answer(401))
    found = cache.private()
    assert {each.path for each in found} == set(cache.expected.private)
    assert {each.kept for each in found} == {kept}


@pytest.mark.parametrize("hits", [{1}, {0}])
def test_the_second_answer_is_the_one_that_may_come_out_of_a_cache(
    cache: Cached, monkeypatch: pytest.MonkeyPatch, hits: set[int]
) -> None:
    told = (answer(200, headers={"x-cache": "HIT"} if number in hits else {}) for number in count())
    answers(monkeypatch, lambda _: next(told))
    first, *_ = cache.assets()
    assert first.hit is (1 in hits)


@pytest.mark.parametrize(("bare", "leaked"), [(0, False), (401, False), (302, False), (200, True), (204, True)])
def test_what_one_without_a_token_is_given_has_leaked(bare: int, leaked: bool) -> None:
    assert Fetched("/a", "192.0.2.1", (200, 200), hit=False, bare=bare).kept is leaked


def test_who_has_no_token_asks_last(cache: Cached, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, lambda _: answer(200))
    assert {each.bare for each in cache.private()} == {200}
    routes = len(cache.expected.private)
    assert [with_token(request) for request in asked] == [True] * 2 * routes + [False] * routes


@pytest.mark.parametrize(
    ("status", "refused"),
    [(403, True), (404, True), (200, False), (308, False), (401, False), (405, False), (429, False), (502, False)],
)
def test_what_was_reached_is_no_refusal_of_who_goes_round(
    cache: Cached, monkeypatch: pytest.MonkeyPatch, status: int, refused: bool
) -> None:
    def private_routes(request: Request) -> Answer:
        return answer(status if with_token(request) else 403)

    answers(monkeypatch, private_routes)
    asset, *private = cache.round_it()
    assert asset.refused
    assert {each.refused for each in private} == {refused}
    assert len(private) == len(cache.expected.private)
