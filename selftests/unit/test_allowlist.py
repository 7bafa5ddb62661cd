"""By which ways an allowlist is tried, and what refuses each of them."""

from __future__ import annotations

from typing import Any

import pytest

from golive.clients.handshake import Place
from golive.clients.http import Request
from golive.errors import Unreachable
from golive.facts import allowlist
from golive.facts.allowlist import FORGED, Allowlist, Way
from selftests.unit.answering import answer, target

NOBODY = Unreachable("edge", "refused", hint="is it up?")
AT_EDGE, AT_ORIGIN = "at 192.0.2.1", "straight to the origin"
OTHERWISE = "written otherwise at 192.0.2.1, encoded letter: /%68ealth"
PLAIN_HTTP = "plain HTTP at 192.0.2.1"


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[str, Way]:
    """Those from outside, of a host with one address."""
    found: dict[str, Way] = {}
    monkeypatch.setattr(allowlist, "addresses_of", lambda _, host, port: (Place(host, "192.0.2.1", port),))
    listed = Allowlist(target())
    monkeypatch.setattr(listed, "_calls", lambda _, given: found.update(given) or ())
    listed.from_outside()
    return found


@pytest.mark.parametrize(
    ("way", "said", "state"),
    [
        (AT_EDGE, answer(403), "refused"),
        (AT_EDGE, answer(404), "HTTP 404"),
        (f"{AT_ORIGIN}, forged X-Real-IP", answer(200), "passes"),
        (f"{AT_ORIGIN}, forged X-Real-IP", NOBODY, "refused"),
        (AT_ORIGIN, NOBODY, "refused"),
        (AT_ORIGIN, answer(404), "HTTP 404"),
        (OTHERWISE, answer(404), "refused"),
        (OTHERWISE, answer(200), "passes"),
        (OTHERWISE, answer(503), "HTTP 503"),
        (PLAIN_HTTP, answer(308), "refused"),
        (PLAIN_HTTP, NOBODY, "refused"),
        (PLAIN_HTTP, answer(200), "passes"),
    ],
)
def test_each_way_is_refused_in_its_own_manner(ways: dict[str, Way], way: str, said: Any, state: str) -> None:
    assert ways[way].state(said, 403) == state


@pytest.mark.parametrize("way", [AT_EDGE, f"{AT_EDGE}, forged X-Real-IP", OTHERWISE])
def test_where_the_edge_itself_does_not_answer_nothing_is_known(ways: dict[str, Way], way: str) -> None:
    with pytest.raises(Unreachable):
        ways[way].state(NOBODY, 403)


def test_the_ways_from_outside_are_every_header_at_edge_and_origin_other_paths_and_plain_http(
    ways: dict[str, Way],
) -> None:
    asked: dict[str, Request] = {name: way.request for name, way in ways.items()}
    for header in (*FORGED, "Forwarded"):
        for way in (AT_EDGE, AT_ORIGIN):
            assert header in asked[f"{way}, forged {header}"].headers
    assert asked[f"{AT_ORIGIN}, forged X-Real-IP"].headers["Host"] == "hub.example.test"
    assert {each.raw_path for each in asked.values()} >= {"/%68ealth", "//health", "/HEALTH", "/health/"}
    assert asked[PLAIN_HTTP].url == "http://192.0.2.1:8080/health"
