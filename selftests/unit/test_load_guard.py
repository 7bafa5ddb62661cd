"""Real users while the suite loads: what ends the load, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from golive.clients.http import Answer, Request
from golive.facts.load_guard import LoadGuard
from golive.load.window import Course
from golive.target.model import Target
from golive.target.performance import Guard
from selftests.unit.answering import answer, answers, target


def guarded(looks: int = 2) -> Target:
    about = target()
    assert about.load
    assert about.metrics
    guard = Guard(query="errors", most=0.05, every=0.01, looks=looks)
    return about.model_copy(
        update={
            "load": about.load.model_copy(update={"guards": {"errors": guard}}),
            "metrics": about.metrics.model_copy(update={"user": None, "password": None}),
        }
    )


def number(*values: str) -> Answer:
    result = [{"metric": {"pod": str(place)}, "value": [1.0, value]} for place, value in enumerate(values)]
    return answer(200, {"status": "success", "data": {"resultType": "vector", "result": result}})


def watched(monkeypatch: pytest.MonkeyPatch, *told: Answer, looks: int = 2) -> tuple[Course, LoadGuard]:
    """A load that ends after these answers, one after the other, the last one given as often as it takes to end it."""
    course, guard = Course(3600, Path()), LoadGuard(guarded(looks))

    def each() -> Iterator[Answer]:
        yield from told
        for _ in range(looks - 1):
            yield told[-1]
        course.stop.set()
        while True:
            yield told[-1]

    following = each()

    def platform(_: Request) -> Answer:
        return next(following)

    answers(monkeypatch, platform)
    guard.before(course)
    guard.during(course)
    return course, guard


def test_users_who_are_well_let_the_load_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    course, guard = watched(monkeypatch, number("0.01", "0.05"))
    assert (course.broke, guard.after()) == ("", {"highest": {"errors": 0.05}, "broke": ""})


def test_one_look_alone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    course, guard = watched(monkeypatch, number("0"), number("0.5"), number("0"))
    assert (course.broke, guard.after()["highest"]) == ("", {"errors": 0.5})


def test_users_who_suffer_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    course, _ = watched(monkeypatch, number("0"), number("0.02", "0.21"))
    assert course.broke == "the load was broken off after 0 s: guard 'errors' is at 0.21, 0.05 allowed"
    assert course.stop.is_set()


@pytest.mark.parametrize(
    "unseen", [number(), number("NaN"), answer(503, {"status": "error", "errorType": "x", "error": "down"})]
)
def test_users_who_cannot_be_seen_end_it_too(monkeypatch: pytest.MonkeyPatch, unseen: Answer) -> None:
    course, _ = watched(monkeypatch, number("0"), unseen)
    assert "guard 'errors' cannot be seen" in course.broke


def test_no_load_begins_where_users_suffer_already(monkeypatch: pytest.MonkeyPatch) -> None:
    course, _ = watched(monkeypatch, number("0.9"))
    assert course.broke == "the load was not begun: guard 'errors' is at 0.9, 0.05 allowed"
