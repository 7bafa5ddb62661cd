"""Dashboards by the shape of Grafana's API: panels in rows, variables, frames without values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from golive.clients.grafana import GrafanaClient, Panel, _answered, _dashboard, _filled
from golive.clients.http import Answer
from golive.errors import CannotEstablish, CredentialsRefused, NotDescribed, ProtocolBroken
from golive.facts.dashboards import Dashboards
from golive.target.load import read
from selftests.unit.answering import LAB, answer, answers, target

QUERY = {"refId": "A", "expr": 'up{job=~"$service", zone="[[zone]]"}[$__rate_interval]'}


def frames(*columns: tuple[str, list[Any]]) -> Answer:
    fields = [{"name": kind, "type": kind} for kind, _ in columns]
    frame = {"schema": {"fields": fields}, "data": {"values": [values for _, values in columns]}}
    return answer(200, {"results": {"A": {"status": 200, "frames": [frame]}}})


def test_panels_in_rows_are_panels_and_hidden_queries_none() -> None:
    row = {"type": "row", "panels": [{"id": 3, "title": "C", "targets": [QUERY]}]}
    hidden = {"id": 2, "title": "B", "targets": [{**QUERY, "hide": True}]}
    panels = [{"id": 1, "title": "", "targets": [QUERY]}, hidden, row, {"id": 4, "type": "text"}]
    found = _dashboard({"uid": "u", "title": "t", "panels": panels}, {})
    assert [panel.title for panel in found.panels] == ["1", "C"]


def test_variables_have_the_values_chosen_there_or_in_the_target() -> None:
    listed = [
        {"name": "service", "current": {"value": ["$__all"]}, "allValue": ".+"},
        {"name": "zone", "current": {"value": ["a", "b"]}},
    ]
    content = {"uid": "u", "title": "t", "panels": [{"id": 1, "targets": [QUERY]}], "templating": {"list": listed}}
    (query,) = _dashboard(content, {}).panels[0].queries
    assert query["expr"] == 'up{job=~".+", zone="a|b"}[$__rate_interval]'
    (query,) = _dashboard(content, {"service": "prices"}).panels[0].queries
    assert query["expr"].startswith('up{job=~"prices"')
    assert _filled("${unknown:csv} $other", {}) == "${unknown:csv} $other"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (frames(("time", [1]), ("number", [0.0])), "data"),
        (frames(("number", [1])), "data"),
        (frames(("time", [1, 2]), ("number", [None, None])), "no data"),
        (frames(("time", [1, 2])), "data"),
        (frames(), "no data"),
        (answer(200, {"results": {"A": {"status": 200, "frames": None}}}), "no data"),
        (answer(200, {"results": {}}), "no data"),
        (answer(400, {"results": {"A": {"status": 400, "error": "bad query"}}}), "error: bad query"),
    ],
)
def test_what_a_panel_got(given: Answer, words: str) -> None:
    assert _answered("p", given) == words


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(401, {"message": "Invalid API key"}), CredentialsRefused),
        (answer(502, b"<html>"), ProtocolBroken),
        (answer(200, {"other": 1}), ProtocolBroken),
        (answer(200, {"results": {"A": {"frames": [{"data": {}}]}}}), ProtocolBroken),
    ],
)
def test_what_is_no_answer(given: Answer, error: type[CannotEstablish]) -> None:
    with pytest.raises(error):
        _answered("p", given)


def test_a_missing_dashboard_is_not_a_page_that_is_not_grafanas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("hunter2-hunter2", encoding="utf-8")
    described = read(LAB).with_overlay({"grafana": {"token": {"file": str(token)}}})
    answers(monkeypatch, lambda _: answer(404, {"message": "Dashboard not found"}))
    assert [each.state for each in Dashboards(described).seen()] == ["missing"]
    answers(monkeypatch, lambda _: answer(404, b"nginx"))
    with pytest.raises(ProtocolBroken, match="HTTP 404"):
        Dashboards(described).seen()
    asked = json.loads(GrafanaClient(described, "x")._query(Panel("p", ({"refId": "A"},))).content or b"")
    assert asked == {"from": "now-1h", "to": "now", "queries": [{"refId": "A"}]}


def test_a_target_without_grafana_says_so() -> None:
    with pytest.raises(NotDescribed, match=r"\[grafana\]"):
        Dashboards(target().model_copy(update={"grafana": None})).seen()
