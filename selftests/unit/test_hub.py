"""What of the hub's page counts as data, as movement and as a failure, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from golive.clients.address import below, origin, same_origin
from golive.clients.browser_watch import Part, Watch
from golive.clients.http import Answer, HttpClient, Request
from golive.clients.words import clean, place
from golive.facts.hub import Hub as HubFacts
from golive.facts.hub_picture import photograph
from golive.facts.hub_route import Document
from golive.facts.hub_shows import filled, lacking, lines, still, without_times
from golive.target.base import AnswerField
from golive.target.hub import Hub, Moving, Widget
from golive.target.load import read
from golive_lab.platform.faults import FAULTS
from golive_lab.platform.hub import BROKEN, FILES

ROOT = Path(__file__).parents[2]

ROWS = Widget(selector="#latest tr", shows=r"\d+\.\d", at_least=2)
CURVE = Widget(selector="#curve path")
TICKER = Moving(selector="#ticker li", shows=r"\d+\.\d")
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmVk"


def texts(*said: str) -> list[Part]:
    return [Part(each, drawn=False) for each in said]


@pytest.mark.parametrize("words", ["No data available", "Loading…", "Error 503", "12:05", ""])
def test_words_in_place_of_prices_are_no_data(words: str) -> None:
    assert filled(ROWS, texts(words, words)) == 0
    assert "0 of at least 2 texts like" in lacking(ROWS, texts(words, words))


def test_a_widget_without_its_data_says_what_it_shows_instead() -> None:
    assert lacking(ROWS, texts("A 31.25", "B -2.50")) == ""
    said = lacking(ROWS, texts("A 31.25", f"no prices for {TOKEN}"))
    assert said.startswith("1 of at least 2 texts like")
    assert said.endswith("at #latest tr, but 'no prices for (a token)'")


def test_without_words_to_look_for_only_a_drawing_is_data() -> None:
    assert lacking(CURVE, [Part("", drawn=True)]) == ""
    said = lacking(CURVE, texts("No curve yet"))
    assert said == "0 of at least 1 drawings at #curve path, but 'No curve yet'"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("12:05:09 INDIANA.HUB 31.25", "12:05:10 INDIANA.HUB 31.25"),
        ("12:05:09INDIANA.HUB 31.25", "1:05:10.123INDIANA.HUB 31.25"),
        ("INDIANA.HUB 31.25 3 s ago", "INDIANA.HUB 31.25 4s ago"),
        ("INDIANA.HUB 31.25 a few seconds ago", "INDIANA.HUB 31.25 2 minutes ago"),
        ("Updated 3.5 seconds ago", "Updated 4.5 seconds ago"),
        ("INDIANA.HUB 31.25 just now", "INDIANA.HUB 31.25 1 min"),
        ("2026-11-24T12:05:09Z A 31.25", "2026-11-25T00:05:09Z A 31.25"),
    ],
)
def test_times_that_go_on_are_no_movement(before: str, after: str) -> None:
    assert not lines(TICKER, texts(after)) - lines(TICKER, texts(before))


def test_new_prices_are_movement_and_other_words_are_not() -> None:
    before = lines(TICKER, texts("12:05:09 A 31.25", "heartbeat 17"))
    assert lines(TICKER, texts("12:05:10 A 31.26", "12:05:09 A 31.25")) - before == {"A 31.26"}
    assert not lines(TICKER, texts("12:05:09 A 31.25", "heartbeat 18")) - before
    assert without_times("50.5 MWh at 31.2 USD") == "50.5 MWh at 31.2 USD"
    assert "1 old ones, as 'A 31.25'" in still(TICKER, before)


def hub(**fields: Any) -> Hub:
    return Hub(**{"url": "https://hub.example", "widgets": {"prices": {"selector": "tr"}}, **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"widgets": {"prices": {"selector": "tr", "shows": "("}}}, "is no regular expression"),
        ({"widgets": {"prices": {"selector": "tr", "shows": ".*"}}}, "matches even an empty text"),
        ({"widgets": {"prices": "tr"}}, "valid dictionary or instance of Widget"),
        ({"moving": {"selector": "li", "shows": "["}}, "is no regular expression"),
        ({"allowed_failures": ["("]}, "is no regular expression"),
        ({"version": {"field": "version"}}, "add version_route"),
        ({"version_route": "/version.json"}, "version_route needs version"),
    ],
)
def test_a_target_that_could_not_tell_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        hub(**fields)


def test_origins_are_compared_as_browsers_mean_them() -> None:
    assert origin("https://Hub.Example:443/a") == origin("https://hub.example") == "https://hub.example"
    assert origin("http://hub:80") == "http://hub"
    assert origin("https://hub:8443/") == "https://hub:8443"
    assert origin("https://hub@other.example/") == "https://other.example"
    assert origin("https://[::1]:8443/") == "https://[::1]:8443"
    assert origin("https://hub:port") == origin("https://[hub") == ""
    assert same_origin("https://Hub:443/a", "https://hub/b")
    assert not same_origin("https://hub:port", "https://[hub")
    assert below("https://kc/realms/x/auth?a", "https://KC:443/realms/x/")
    assert not below("https://kc/realms/xy", "https://kc/realms/x/")
    assert not below("https://kc.evil.example/realms/x/", "https://kc/realms/x/")


def test_nothing_that_lets_in_is_told() -> None:
    assert clean(f"refused {TOKEN}, and {TOKEN[:30]}") == "refused (a token), and (a token)"
    assert clean("Authorization: Bearer 0a1b2c") == "Authorization: Bearer (a token)"
    assert (
        clean('{"access_token": "0a1b2c", "password":"x y"}')
        == '{"access_token": "(left out)", "password":"(left out) y"}'
    )
    assert clean("GET https://hub/a?code=b&c=d failed") == "GET https://hub/a?… failed"
    assert place(f"https://hub/callback/{TOKEN}?code=b") == "https://hub/callback/(a token)"
    assert place("https://user:secret@hub.example/a?b") == "https://hub.example/a"
    assert len(clean("a" * 190 + TOKEN)) == 199


def document(**headers: str) -> Document:
    return Document(200, headers, 5, "TLSv1.3")


def facts(**fields: Any) -> HubFacts:
    lab = read(ROOT / "targets" / "lab.toml").target
    assert lab.hub is not None
    described = lab.hub.model_copy(update={"url": "https://cdn.example", **fields})
    return HubFacts(lab.model_copy(update={"hub": described}), Path())


def test_the_release_is_told_by_the_gateways_header_or_where_the_target_says(monkeypatch: pytest.MonkeyPatch) -> None:
    header = read(ROOT / "targets" / "lab.toml").target.gateway.version.header or ""
    assert facts().version(document(**{header.lower(): "v1"})) == "v1"
    assert (
        facts(version=AnswerField(header="X-Build")).version(document(**{header.lower(): "v1", "x-build": "v2"}))
        == "v2"
    )
    asked: list[str] = []

    def ask(_: HttpClient, request: Request) -> Answer:
        asked.append(request.url)
        return Answer(200, {}, b'{"build": "v3"}', 0.1, "")

    monkeypatch.setattr(HttpClient, "ask", ask)
    assert facts(version=AnswerField(field="build"), version_route="/version.json").version(document()) == "v3"
    assert asked == ["https://cdn.example/version.json"]


def test_what_a_fault_adds_belongs_to_a_file_of_the_page() -> None:
    for path in BROKEN.glob("*/*"):
        assert path.parent.name in FAULTS["gateway"]
        assert (FILES / path.name).is_file()


class Context:
    """Takes listeners as Playwright's does."""

    def __init__(self) -> None:
        self.heard: dict[str, Any] = {}

    def on(self, event: str, listener: Any) -> None:
        self.heard[event] = listener

    def answer(self, status: int, url: str) -> None:
        """What Playwright tells of one answer: itself, then Chromium's words of it."""
        self.heard["response"](SimpleNamespace(status=status, url=url, request=SimpleNamespace(method="GET")))
        words = f"Failed to load resource: the server responded with a status of {status} ()"
        self.heard["console"](SimpleNamespace(type="error", text=words, location={"url": url}))


@pytest.fixture
def context() -> Context:
    return Context()


def watch(context: Any) -> Watch:
    return Watch(context, (), ("https://hub.example:443/app/", "https://api.example"))


def test_a_page_may_be_told_to_log_in_first(context: Context) -> None:
    seen = watch(context)
    context.answer(401, "https://hub.example/session")
    context.answer(401, "https://api.example/session")
    assert not seen.wrong
    assert seen.asked_to_log_in[0] == "401 GET https://hub.example/session"
    seen.logged_in = True
    context.answer(401, "https://hub.example/session")
    assert seen.failed_requests == ["401 GET https://hub.example/session"]
    assert len(seen.console_errors) == 1


@pytest.mark.parametrize(("status", "url"), [(401, "https://other.example/a"), (403, "https://hub.example/a")])
def test_other_failures_count_before_the_login_too(context: Context, status: int, url: str) -> None:
    seen = watch(context)
    context.answer(status, url)
    assert seen.failed_requests == [f"{status} GET {url}"]
    assert len(seen.console_errors) == 1


def test_a_script_of_the_pages_own_cannot_hide_as_a_401(context: Context) -> None:
    seen = watch(context)
    said = SimpleNamespace(type="error", text="session 401", location={"url": "https://hub.example/hub.js"})
    context.heard["console"](said)
    assert seen.console_errors == ["session 401"]


class Found:
    """What a selector matches: this many elements."""

    def __init__(self, elements: int) -> None:
        self.elements = elements

    def count(self) -> int:
        return self.elements

    def evaluate_all(self, _: str) -> int:
        return self.elements


class Page:
    """A page on which ``#customer`` matches this many elements, and which can be photographed."""

    def __init__(self, named: int) -> None:
        self.named = named
        self.masked = 0

    def locator(self, selector: str) -> Found:
        return Found(self.named if selector == "#customer" else 0)

    def screenshot(self, *, mask: list[Found], **_: Any) -> bytes:
        self.masked = sum(found.elements for found in mask)
        return b"PNG"


@pytest.mark.parametrize(
    ("named", "nameable", "picture"), [(1, True, b"PNG"), (0, True, None), (0, False, b"PNG"), (1, False, b"PNG")]
)
def test_no_picture_is_taken_that_could_name_the_customer(named: int, picture: bytes | None, *, nameable: bool) -> None:
    lab = read(ROOT / "targets" / "lab.toml").target.hub
    assert lab is not None
    page: Any = Page(named)
    found, words = photograph(page, lab, nameable=nameable, usable=True, seconds=1)
    assert (found, page.masked) == (picture, named if picture else 0)
    assert ("#customer of hub.identity covers nothing" in words) == (picture is None)
