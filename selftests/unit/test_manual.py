"""The customers' documentation: which page is this release's, and which of its links lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from golive.clients.http import Answer, HttpClient, Request
from golive.errors import CannotEstablish, NotDescribed, TimedOut, Unreachable, WrongVersion
from golive.facts.manual import COMPLETE, Manual, Page
from golive.facts.web_pages import Fetched, find, links
from golive.target.documentation import Documentation
from golive.target.secrets import SecretReference
from selftests.unit.answering import answer, target

DOCS, API, ELSEWHERE = "https://docs.example.test", "https://api.example.test", "https://news.example.test"
GOOD = "<p>Release 2026.11.0</p>"
Site = Mapping[str, Answer | CannotEstablish]


def html(text: str = GOOD, status: int = 200, **headers: str) -> Answer:
    return answer(status, text.encode(), headers)


def pages(
    monkeypatch: pytest.MonkeyPatch, site: Site, *declared: str, asked: list[Request] | None = None, **settings: object
) -> tuple[Page, ...]:
    def ask_many(_: HttpClient, requests: Mapping[str, Request], **__: int) -> dict[str, Answer | CannotEstablish]:
        if asked is not None:
            asked.extend(requests.values())
        return {name: site.get(request.url, html("", 404)) for name, request in requests.items()}

    monkeypatch.setattr(HttpClient, "ask_many", ask_many)
    described = Documentation.model_validate(
        {"url": DOCS, "pages": declared or ("/start",), "says": "Release {release}", **settings}
    )
    return Manual(target().model_copy(update={"documentation": described})).pages("2026.11.0")


@pytest.mark.parametrize(
    ("page", "state"),
    [
        (html(), COMPLETE),
        (html("Release&nbsp;2026.11.0"), COMPLETE),
        (html("<b>Release 2026.11.0.</b> All rights"), COMPLETE),
        (html("Release 2026.11.0.1"), "does not say 'Release 2026.11.0'"),
        (html("Release 2026.11.01"), "does not say 'Release 2026.11.0'"),
        (html("Pre-Release 2026.11.0"), COMPLETE),
        (html("<form>Sign in</form>"), "does not say 'Release 2026.11.0'"),
        (html(GOOD, 500), "HTTP 500"),
        (html("", 302, location=f"{ELSEWHERE}/"), f"leads to another host, {ELSEWHERE}"),
        (html("", 302, location="/start"), "leads on more than 3 times"),
    ],
)
def test_a_page(monkeypatch: pytest.MonkeyPatch, page: Answer, state: str) -> None:
    (found,) = pages(monkeypatch, {f"{DOCS}/start": page})
    assert (found.page, found.state) == ("/start", state)


def test_links_are_followed_with_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    page = html(
        f'{GOOD}<a href="api#tokens">x</a> <a href="/gone?q=s3cret">y</a> <img src=logo.png> <a href="api#no">z</a>'
    )
    site = {f"{DOCS}/start": page, f"{DOCS}/api": html("<h2 id=tokens>"), f"{DOCS}/logo.png": html("")}
    (found,) = pages(monkeypatch, site)
    assert found.links == 4
    assert found.dead == (f"{DOCS}/gone: HTTP 404", f"{DOCS}/api#no: has no part #no")


def test_other_hosts_are_followed_where_they_are_declared_and_named_where_not(monkeypatch: pytest.MonkeyPatch) -> None:
    page = html(
        f'{GOOD}<a href="{API}/v1">x</a> <a href="{ELSEWHERE}/a">y</a> <a href="mailto:help@example.test">z</a>'
    )
    (found,) = pages(monkeypatch, {f"{DOCS}/start": page}, others=[API])
    assert (found.links, found.dead, found.not_followed) == (1, (f"{API}/v1: HTTP 404",), (ELSEWHERE,))


def test_the_token_is_shown_to_the_site_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCS_TOKEN", "hunter2-hunter2")
    asked: list[Request] = []
    page = html(f'{GOOD}<a href="{API}/v1">x</a> <a href="/out">y</a>')
    site = {
        f"{DOCS}/start": page,
        f"{DOCS}/out": html("", 302, location=f"{API}/v2"),
        f"{API}/v1": html(),
        f"{API}/v2": html(),
    }
    token = SecretReference(env="DOCS_TOKEN")
    (found,) = pages(monkeypatch, site, asked=asked, others=[API], token=token)
    assert found.dead == ()
    shown = {request.url: "Authorization" in request.headers for request in asked}
    assert shown == {f"{DOCS}/start": True, f"{DOCS}/out": True, f"{API}/v1": False, f"{API}/v2": False}


def test_links_are_taken_from_where_the_page_says_that_they_begin() -> None:
    page = html(
        '<base href="/v2/"><a href="a">x</a><link href="s.css"><a name=b>y</a><script src="//cdn.example.test/s.js">'
    )
    expected = (f"{DOCS}/v2/a", f"{DOCS}/v2/s.css", "https://cdn.example.test/s.js")
    assert links(Fetched(f"{DOCS}/start", page)) == expected


def test_links_are_taken_from_where_the_page_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    site = {
        f"{DOCS}/start": html("", 301, location="/v2/start"), f"{DOCS}/v2/start": html("", 302, location="start/"),
        f"{DOCS}/v2/start/": html(f'{GOOD}<a href="a">x</a><a href="#top">y</a>'), f"{DOCS}/v2/start/a": html(),
    }  # fmt: skip
    (found,) = pages(monkeypatch, site)
    assert (found.state, found.links, found.dead) == (COMPLETE, 2, (f"{DOCS}/v2/start/#top: has no part #top",))


def test_links_of_a_page_on_another_host_are_that_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    site = {f"{API}/v1": html('<a href="/v2">x</a>')}
    monkeypatch.setattr(HttpClient, "ask_many", lambda _, asked, **__: {
        url: site.get(request.url, html("", 302, location=f"{API}/v1")) for url, request in asked.items()
    })  # fmt: skip
    found = find(HttpClient("documentation", target().limits, None), [f"{DOCS}/api"], {}, {API})
    assert found == {f"{DOCS}/api": Fetched(f"{API}/v1", site[f"{API}/v1"])}
    assert links(Fetched(f"{API}/v1", site[f"{API}/v1"])) == (f"{API}/v2",)


def test_one_page_that_is_late_is_its_own_and_all_that_are_refused_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    late = TimedOut("documentation", "late")
    found = pages(monkeypatch, {f"{DOCS}/a": late, f"{DOCS}/b": html()}, "/a", "/b")
    assert [each.state for each in found] == ["late", COMPLETE]
    refused = Unreachable("documentation", "refused")
    with pytest.raises(Unreachable):
        pages(monkeypatch, {f"{DOCS}/a": refused, f"{DOCS}/b": refused}, "/a", "/b")


def test_no_table_and_no_release_are_no_verdict() -> None:
    with pytest.raises(NotDescribed, match=r"\[documentation\]"):
        Manual(target().model_copy(update={"documentation": None})).pages("2026.11.0")
    with pytest.raises(WrongVersion):
        Manual(target()).pages("")
