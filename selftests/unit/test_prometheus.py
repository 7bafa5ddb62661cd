"""Prometheus' answers as the client takes them: what is found, what is warned of, and what is no answer of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Answer, Request
from golive.clients.prometheus import Found, PrometheusClient, Series
from golive.errors import BadInput, CannotEstablish, CredentialsRefused, NotDescribed, ProtocolBroken, TimedOut
from golive.target.load import read
from selftests.unit.answering import LAB, answer, answers, target


def client(tmp_path: Path) -> PrometheusClient:
    password = tmp_path / "password"
    password.write_text("hunter2-hunter2", encoding="utf-8")
    return PrometheusClient(read(LAB).with_overlay({"metrics": {"password": {"file": str(password)}}}), "an.item")


def success(kind: str, result: Any, **more: Any) -> Answer:
    return answer(200, {"status": "success", "data": {"resultType": kind, "result": result}, **more})


def test_the_three_kinds_of_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {
        "scalar": success("scalar", [7.5, "2"]),
        "vector": success("vector", [{"metric": {"pod": "a"}, "value": [7, "1.5"]}]),
        "matrix": success("matrix", [{"metric": {"pod": "a"}, "values": [[6, "1"], [7, "2"]]}], warnings=["half"]),
    }
    asked = answers(monkeypatch, lambda request: kinds[request.params["query"]])
    asking = client(tmp_path)
    assert asking.instant("scalar") == Found((Series({}, ((7.5, 2.0),)),))
    assert asking.instant("vector", 7.25) == Found((Series({"pod": "a"}, ((7.0, 1.5),)),))
    assert asking.instant("matrix") == Found((Series({"pod": "a"}, ((6.0, 1.0), (7.0, 2.0))),), ("half",))
    assert [request.params.get("time") for request in asked] == [None, "7.250", None]
    assert {request.headers["Authorization"] for request in asked} == {"Basic Z29saXZlOmh1bnRlcjItaHVudGVyMg=="}


def test_series_targets_and_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = {"job": "cadvisor", "instance": "node-1"}

    def platform(request: Request) -> Answer:
        if request.url.endswith("/targets"):
            active = [{"labels": labels, "health": "down", "lastError": "refused"}]
            return answer(200, {"status": "success", "data": {"activeTargets": active}})
        if request.url.endswith("/series"):
            return answer(200, {"status": "success", "data": [labels]})
        assert request.params == {"query": "up", "start": "1.000", "end": "2.000", "step": "0.5"}
        return success("matrix", [])

    answers(monkeypatch, platform)
    asking = client(tmp_path)
    (found,) = asking.targets()
    assert (found.job, found.instance, found.health, found.error) == ("cadvisor", "node-1", "down", "refused")
    assert asking.series("up", 1, 2) == (labels,)
    assert asking.range("up", 1, 2, 0.5) == Found(())


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (answer(401, b"Unauthorized\n"), CredentialsRefused, "HTTP 401 to the suite's credential"),
        (answer(400, {"status": "error", "errorType": "bad_data", "error": "parse error"}), ProtocolBroken, "parse"),
        (answer(503, {"status": "error", "errorType": "timeout", "error": "too long"}), TimedOut, "gave it up"),
        (answer(200, b"<html>"), ProtocolBroken, "HTTP 200, <html>"),
        (success("matrix", [{"metric": {}}]), ProtocolBroken, "not in the form"),
        (success("vector", [{"metric": {}, "value": [1, "many"]}]), ProtocolBroken, "not in the form"),
        (answer(200, {"status": "success"}), ProtocolBroken, "not in the form"),
    ],
)
def test_what_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Answer, error: type[CannotEstablish], words: str
) -> None:
    answers(monkeypatch, lambda _: said)
    with pytest.raises(error, match=words) as caught:
        client(tmp_path).instant("up")
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_a_target_without_metrics_says_which_item_wants_them() -> None:
    lacking = target().model_copy(update={"metrics": None})
    with pytest.raises(NotDescribed, match=r"no table \[metrics\], which an\.item looks at"):
        PrometheusClient(lacking, "an.item")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('user = "golive"\npassword = { file = "prometheus-golive" }', ""),
        ('user = "golive"\n', "user and password belong together"),
        ('user = "golive"\npassword = { file = "a" }\ntoken = { file = "b" }', "or a token, not both"),
        ('queries = { cpu = "sum(x)" }', "String should match pattern"),
    ],
)
def test_what_a_target_may_say_of_its_metrics(tmp_path: Path, change: str, words: str) -> None:
    text = LAB.read_text(encoding="utf-8")
    right = 'user = "golive"\npassword = { file = "prometheus-golive" }'
    assert right in text
    path = tmp_path / "lab.toml"
    path.write_text(text.replace(right, change), encoding="utf-8")
    if not words:
        assert read(path).target.metrics
        return
    with pytest.raises(BadInput, match=words):
        read(path)
