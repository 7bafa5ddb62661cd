"""Alertmanager's answers by the shape of its API, and a test alert that never pages anybody."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from golive.clients.alertmanager import AlertmanagerClient
from golive.clients.http import Request
from golive.clients.pagerduty import PagerDutyClient
from golive.errors import CredentialsRefused, NotDescribed, ProtocolBroken, TimedOut
from golive.facts.alerting import Alerting
from golive.residue import RunId
from golive.target.alerts import Manager
from golive.target.load import read
from golive.target.model import Target
from selftests.unit.answering import LAB, answer, answers, target

ROUTE = {"receiver": "tickets", "routes": [{"receiver": "drill", "matchers": ['golive_test="true"']}]}


def described(tmp_path: Path) -> Target:
    password = tmp_path / "password"
    password.write_text("hunter2-hunter2", encoding="utf-8")
    manager = {"password": {"file": str(password)}}
    described = {
        "url": "https://127.0.0.1:9093", "user": "golive", "password": {"file": "alertmanager-golive"},
        "paging": {"page": "pager"}, "test_receiver": "drill",
    }  # fmt: skip
    changes = {"alerts": {"manager": described | manager}, "pagerduty": {"seconds": 0.3}}
    return read(LAB).changed(changes).target


def status(route: Any) -> Any:
    return answer(200, {"config": {"original": yaml.safe_dump({"route": route})}})


class Posted:
    """What is posted to Alertmanager, and the incident that comes of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, route: Any, *, opens: bool = True, ends: bool = True) -> None:
        self.alerts: list[dict[str, Any]] = []

        def platform(request: Request) -> Any:
            if request.method == "GET":
                return status(route)
            self.alerts += json.loads(request.content or b"")
            return answer(200)

        def incident(_: PagerDutyClient, __: str, name: str) -> str:
            assert self.alerts[0]["labels"]["golive"] == name
            if not opens:
                return ""
            return "resolved" if ends and len(self.alerts) > 1 else "triggered"

        answers(monkeypatch, platform)
        monkeypatch.setattr(PagerDutyClient, "incident_named", incident)


@pytest.mark.parametrize(
    ("opens", "ends", "states"),
    [(True, True, ("triggered", "resolved")), (True, False, ("triggered",)), (False, False, ())],
)
def test_the_test_alert_is_ended_whatever_comes_of_it(
    opens: bool,
    ends: bool,
    states: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posted = Posted(monkeypatch, ROUTE, opens=opens, ends=ends)
    assert Alerting(described(tmp_path), RunId.make()).drill().states == states
    first, last = posted.alerts
    assert first["labels"] == last["labels"]
    assert datetime.fromisoformat(first["endsAt"]) > datetime.fromisoformat(last["endsAt"])


def test_an_error_meanwhile_ends_the_alert_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posted = Posted(monkeypatch, ROUTE)

    def late(*_: Any) -> str:
        raise TimedOut("pagerduty", "late")

    monkeypatch.setattr(PagerDutyClient, "incident_named", late)
    with pytest.raises(TimedOut):
        Alerting(described(tmp_path), RunId.make()).drill()
    assert len(posted.alerts) == 2


def test_nothing_is_sent_where_it_would_go_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posted = Posted(monkeypatch, {"receiver": "pager"})
    drill = Alerting(described(tmp_path), RunId.make()).drill()
    assert (drill.receivers, drill.states, posted.alerts) == (("pager",), (), [])


@pytest.mark.parametrize(
    "content", [{}, {"config": {"original": "route: [1"}}, {"config": {"original": "route: 1"}}, []]
)
def test_what_is_no_status(content: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, lambda _: answer(200, content))
    with pytest.raises(ProtocolBroken, match="tells of no route"):
        AlertmanagerClient(described(tmp_path), "x").route()
    answers(monkeypatch, lambda _: answer(401, b"Unauthorized"))
    with pytest.raises(CredentialsRefused):
        AlertmanagerClient(described(tmp_path), "x").route()


def test_a_target_without_alertmanager_says_so() -> None:
    plain = target()
    assert plain.alerts is not None
    none = plain.model_copy(update={"alerts": plain.alerts.model_copy(update={"manager": None})})
    with pytest.raises(NotDescribed, match=r"\[alerts\.manager\]"):
        AlertmanagerClient(none, "x")


def test_the_test_receiver_is_not_one_that_pages() -> None:
    said = {"url": "https://a.example.test", "paging": {"page": "pager"}, "test_receiver": "pager"}
    with pytest.raises(ValidationError, match="would page people"):
        Manager.model_validate(said)
