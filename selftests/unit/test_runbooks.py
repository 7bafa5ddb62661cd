"""Runbooks: which page counts as one, and which only looks like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.prometheus import AlertRule, PrometheusClient
from golive.errors import CannotEstablish, NotDescribed, TimedOut, TooLittleData, Unreachable
from golive.facts.runbooks import Runbook, Runbooks
from selftests.unit.answering import answer, target

WIKI = "https://wiki.example.test"


def rule(url: str, name: str = "DiskFull") -> AlertRule:
    return AlertRule(name, "platform", "ok", "", {}, {"runbook_url": url})


def pages(
    monkeypatch: pytest.MonkeyPatch, rules: list[AlertRule], wiki: Callable[[str], Answer | CannotEstablish]
) -> tuple[Runbook, ...]:
    def ask_many(_: HttpClient, requests: Mapping[str, Request], **__: int) -> dict[str, Answer | CannotEstablish]:
        return {name: wiki(request.url.removeprefix(WIKI)) for name, request in requests.items()}

    monkeypatch.setattr(HttpClient, "ask_many", ask_many)
    monkeypatch.setattr(PrometheusClient, "alert_rules", lambda _: tuple(rules))
    return Runbooks(target()).pages()


def html(text: str, status: int = 200, **headers: str) -> Answer:
    return answer(status, text.encode(), headers)


@pytest.mark.parametrize(
    ("url", "page", "state"),
    [
        (f"{WIKI}/d", html("<h1>DiskFull</h1>"), "resolves"),
        (f"{WIKI}/d#look", html("<h2 id='look'>DiskFull</h2>"), "resolves"),
        (f"{WIKI}/d#look", html("<h2 id=looks>DiskFull</h2>"), "has no part #look"),
        (f"{WIKI}/d", html("<form>Sign in</form>"), "does not say 'DiskFull'"),
        (f"{WIKI}/d", html("DiskFull is no page", 404), "HTTP 404"),
        (
            f"{WIKI}/d",
            html("", 302, location="https://login.example.test/"),
            "leads to another host, https://login.example.test",
        ),
        (f"{WIKI}/d", html("", 302, location="/d"), "leads on more than 3 times"),
        (f"{WIKI}/d", html("", 302), "leads on more than 3 times"),
        ("", html("DiskFull"), "no runbook_url"),
        ("see the wiki", html("DiskFull"), "no address in runbook_url"),
        ("file:///etc/passwd", html("DiskFull"), "no address in runbook_url"),
    ],
)
def test_a_page(url: str, page: Answer, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = pages(monkeypatch, [rule(url)], lambda _: page)
    assert found.state == state


def test_a_page_that_moved_on_its_own_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def wiki(path: str) -> Answer:
        return html("<h1>DiskFull</h1>") if path == "/new/d" else html("", 301, location="/new/d")

    (found,) = pages(monkeypatch, [rule(f"{WIKI}/d?token=hunter2")], wiki)
    assert (found.state, found.url) == ("resolves", f"{WIKI}/d")


def test_one_page_that_is_late_is_its_own_and_all_that_are_refused_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [rule(f"{WIKI}/a", "A"), rule(f"{WIKI}/b", "B")]
    late = TimedOut("runbooks", "late")
    found = pages(monkeypatch, rules, lambda path: late if path == "/a" else html("B"))
    assert {each.alert: each.state for each in found} == {"A": "late", "B": "resolves"}
    with pytest.raises(Unreachable):
        pages(monkeypatch, rules, lambda _: Unreachable("runbooks", "refused"))


def test_no_rule_and_no_table_are_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLittleData, match="no alert rule"):
        pages(monkeypatch, [], lambda _: html(""))
    with pytest.raises(NotDescribed, match=r"\[alerts\]"):
        Runbooks(target().model_copy(update={"alerts": None})).pages()
