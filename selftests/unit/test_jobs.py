"""Jobs of platforms with other habits: where the id stands, how a job at work answers, where it is when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from golive.clients.http import Answer, Request
from golive.errors import ProtocolBroken
from golive.facts.jobs import Job, Jobs, filled
from golive.facts.told import told
from golive.residue import RunId
from golive.target.functional import Scenario
from selftests.unit.answering import answer, answers, target

TOKEN = SecretStr("a-token-of-nobody")
DONE, AT_WORK = {"job": "j1", "state": "done"}, {"job": "j1", "state": "running"}
Polls = Callable[[int], Answer]


def jobs(seconds: float = 5) -> Jobs:
    lab = target()
    assert isinstance(lab.scenario, Scenario)
    return Jobs(lab, lab.scenario.model_copy(update={"seconds": seconds}), RunId.make(), TOKEN)


def run(monkeypatch: pytest.MonkeyPatch, took: Answer, *looks: Answer, seconds: float = 5) -> tuple[Job, list[Request]]:
    """A job that was taken with that answer and looked at, the last look for ever after."""
    left: Iterator[Answer] = iter(looks)
    last = looks[-1] if looks else answer(404)

    def platform(request: Request) -> Answer:
        if request.method == "POST":
            return took
        return answer(204) if request.method == "DELETE" else next(left, last)

    asked = answers(monkeypatch, platform)
    with jobs(seconds).run({"label": "{label}"}) as job:
        return job, asked


def test_the_id_may_stand_in_the_location_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = answer(201, b"", {"location": "/api/v1/scenarios/j%201/"})
    job, asked = run(monkeypatch, taken, answer(200, DONE))
    assert (job.id, job.state) == ("j 1", "done")
    assert asked[1].url.endswith("/scenarios/j%201")
    assert asked[-1].method == "DELETE"


@pytest.mark.parametrize(
    "earlier", [answer(404), answer(202), answer(202, AT_WORK), answer(202, b"soon"), answer(200, AT_WORK)]
)
def test_a_job_that_is_not_there_yet_or_at_work_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, earlier: Answer
) -> None:
    job, _ = run(monkeypatch, answer(202, AT_WORK), earlier, answer(200, DONE))
    assert job.state == "done"


@pytest.mark.parametrize(
    ("look", "state"), [(answer(404), "answered 404"), (answer(202), "answered 202"), (answer(200, AT_WORK), "running")]
)
def test_a_job_that_never_ends_is_a_fact(monkeypatch: pytest.MonkeyPatch, look: Answer, state: str) -> None:
    assert run(monkeypatch, answer(202, AT_WORK), look, seconds=0.01)[0].state == state


@pytest.mark.parametrize(("content", "state"), [({"result": 1}, "done"), ({"state": "failed"}, "failed")])
def test_a_303_is_followed_once(monkeypatch: pytest.MonkeyPatch, content: dict[str, Any], state: str) -> None:
    moved = answer(303, b"", {"location": "/api/v1/results/j1"})
    job, asked = run(monkeypatch, answer(202, AT_WORK), moved, answer(200, content))
    assert (job.state, job.content) == (state, content)
    assert asked[2].url == target().gateway.url.rstrip("/") + "/api/v1/results/j1"
    assert asked[2].headers["Authorization"].startswith("Bearer ")


@pytest.mark.parametrize("location", ["https://elsewhere.example/x", "//elsewhere.example/x", ""])
def test_a_303_to_another_origin_is_not(monkeypatch: pytest.MonkeyPatch, location: str) -> None:
    with pytest.raises(ProtocolBroken, match="another origin"):
        run(monkeypatch, answer(202, AT_WORK), answer(303, b"", {"location": location}))


def test_a_303_to_a_303_is_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = answer(303, b"", {"location": "/api/v1/results/j1"})
    with pytest.raises(ProtocolBroken, match="answered 303"):
        run(monkeypatch, answer(202, AT_WORK), moved)


def test_a_refusal_is_told_without_what_it_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"detail": "see https://x.example/f?X-Amz-Signature=abc", "debug": "s3cret", "code": "full"}
    job, asked = run(monkeypatch, answer(503, said))
    assert job.state == (
        "asking answered 503 application/json; fields: detail, debug, code; "
        "code: full; detail: see https://x.example/f?…"
    )
    assert len(asked) == 1


def test_a_refusal_that_is_no_json_is_told_by_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    page = replace(answer(502, b"<html>token</html>"), headers={"content-type": "text/html; charset=utf-8"})
    assert run(monkeypatch, page)[0].state == "asking answered 502 text/html; 18 bytes that are no JSON object"


@pytest.mark.parametrize("listing", [answer(503, {"code": "down"}), answer(200, {"other": []}), answer(403)])
def test_a_listing_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, listing: Answer) -> None:
    answers(monkeypatch, lambda _: listing)
    with pytest.raises(ProtocolBroken, match="expected 200 and the list of jobs at scenarios"):
        jobs().sweep()


def test_only_jobs_of_dead_runs_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = replace(RunId.make(), pid=2**22 + 1)
    rows = [{"job": "a", "label": f"{dead.prefix}/1"}, {"job": "b", "label": "mine"}, {"label": f"{dead.prefix}/2"}]
    asked = answers(monkeypatch, lambda _: answer(200, {"scenarios": rows}))
    assert jobs().sweep() == ["/api/v1/scenarios/a"]
    assert [request.method for request in asked] == ["GET", "DELETE"]


def test_names_are_filled_in_at_any_depth() -> None:
    body = {"a": ["{label}", {"b": "{label} {other}"}], "c": 1}
    assert filled(body, {"label": "x"}) == {"a": ["x", {"b": "x {other}"}], "c": 1}


def test_what_an_answer_says_of_itself_has_neither_addresses_queries_nor_long_words_in_it() -> None:
    said = told(answer(409, {"code": "k" * 50, "detail": "see https://s3/x?sig=abc", "download": "https://s3/y?sig=d"}))
    assert said == "409 application/json; fields: code, detail, download; code: …; detail: see https://s3/x?…"
