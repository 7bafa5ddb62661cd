"""The little traffic of quiet windows: a gateway that fails now and then is asked all the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.errors import ProtocolBroken
from golive.facts import traffic
from golive.facts.traffic import TRIES, Traffic
from golive.load.window import Course, Json, Watcher, Windows
from golive.progress import MovingLine
from selftests.unit.answering import answer, answers, target

DOCUMENT = {"openapi": "3.1.0", "info": {"version": "1"}, "paths": {}}


def signed(monkeypatch: pytest.MonkeyPatch, failures: int) -> int:
    """How often the document was asked for, by a gateway that fails so often first."""
    monkeypatch.setattr(traffic, "PAUSE", 0.0)
    asked: list[Request] = []

    def gateway(request: Request) -> Answer:
        asked.append(request)
        return answer(HTTPStatus.BAD_GATEWAY, {}) if len(asked) <= failures else answer(200, DOCUMENT)

    answers(monkeypatch, gateway)
    traffic_of()._sign(Event())
    return len(asked)


def traffic_of() -> Traffic:
    """That of somebody who may log in."""
    login = SimpleNamespace(token=SecretStr("t"), lifetime_seconds=60)
    return Traffic(target(), SimpleNamespace(log_in=lambda _: login))  # type: ignore[arg-type] # a stand-in


@pytest.mark.parametrize("failures", [0, 1, TRIES - 1])
def test_it_is_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch, failures: int) -> None:
    assert signed(monkeypatch, failures) == failures + 1


def test_one_that_always_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProtocolBroken, match="answered 502; expected the OpenAPI document"):
        signed(monkeypatch, TRIES)


def rounds(monkeypatch: pytest.MonkeyPatch, document: Callable[[], None], reads: Callable[[], None]) -> list[str]:
    """What is done at the gateway, in its order; each may do something besides."""
    done: list[str] = []

    def gateway(_: Request) -> Answer:
        done.append("document")
        document()
        return answer(200, DOCUMENT)

    def ask_many(*_: object, **__: object) -> dict[str, Answer]:
        done.append("reads")
        reads()
        return {}

    answers(monkeypatch, gateway)
    monkeypatch.setattr(HttpClient, "ask_many", ask_many)
    return done


def test_nothing_more_is_asked_once_the_window_is_broken_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before, during = Course(60, tmp_path), Course(60, tmp_path)
    one = traffic_of()
    first = rounds(monkeypatch, before.stop.set, lambda: None)
    one.before(before)
    assert first == ["document"]
    done = rounds(monkeypatch, during.stop.set, lambda: None)
    one._fresh_until = 0.0
    one.during(during)
    assert (done, one.after()) == (["document"], {"rounds": 0})


def test_a_document_that_does_not_come_is_not_waited_for_then(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, lambda _: answer(HTTPStatus.BAD_GATEWAY, {}))
    stop = Event()
    stop.set()
    with pytest.raises(ProtocolBroken):
        traffic_of()._sign(stop)
    assert len(asked) == 1


def test_an_error_in_the_middle_of_the_window_ends_the_traffic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun = Event()
    done = rounds(monkeypatch, lambda: None, begun.set)

    class Shown(MovingLine):
        def end(self, words: str) -> None: ...

        def show(self, words: str) -> None:
            raise KeyboardInterrupt(words)

    class Breaks(Watcher):
        name = "breaks"

        def during(self, course: Course) -> None:
            assert begun.wait(20)
            course.say("breaks", "the keyboard's interrupt comes now")
            course.wait_for_end()

        def after(self) -> Json:
            return {}

    windows = Windows(tmp_path, 60, (traffic_of(), Breaks()), Shown(sys.stderr), "a window opens")
    with pytest.raises(KeyboardInterrupt):
        windows.current(1)
    assert done[:2] == ["document", "reads"]  # and nothing of the sixty seconds was waited for
