"""Tickets and changes after a rollback, by the shapes of ServiceNow's and Jira's published APIs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Request
from golive.errors import NoEvidence, NotDescribed, ProtocolBroken, WrongVersion
from golive.facts.after_rollback import CauseTicket, Tickets
from golive.facts.change_request import Changes
from golive.target import Target
from golive.target.load import read
from selftests.unit.answering import LAB, answer, answers

NOW = datetime.now(UTC).replace(microsecond=0)  # as collected: the last test may run an hour later
RELEASE, FIX, REPORT = "2026.11.0", "2026.11.1", "https://wiki.example.com/incidents/2026-11-26"
ROW = {"number": "PRB0040001", "state": "2", "active": "true", "assigned_to": "46d44a23a9fe19810012d100cca80666"}
ISSUE = {"status": {"name": "In progress", "statusCategory": {"key": "indeterminate"}}, "assignee": {"accountId": "1"}}
KINDS = pytest.mark.parametrize("kind", ["servicenow", "jira"])


def described(tmp_path: Path, kind: str, **rollback: Any) -> Target:
    token = tmp_path / "token"
    token.write_text("hunter2-hunter2", encoding="utf-8")
    change: dict[str, Any] = {"token": {"file": str(token)}, "kind": kind}
    if kind == "jira":
        rollback = {"ticket": "PRB-1", "owner": "assignee", "release": "versions", "link": "customfield_1", **rollback}
    return read(LAB).with_overlay({"change": change, "rollback": {"fix": FIX, **rollback}})


def cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, release: str = RELEASE, **more: Any
) -> CauseTicket:
    row = {**ROW, "u_release": RELEASE, "u_incident_report": REPORT, **more}
    fields = {**ISSUE, "versions": [{"name": RELEASE}], "customfield_1": REPORT, **more}
    told = {"result": [row]} if kind == "servicenow" else {"key": "PRB-1", "fields": fields}
    asked: list[Request] = []

    def given(request: Request) -> Any:
        asked.append(request)
        return answer(200, told)

    answers(monkeypatch, given)
    found = Tickets(described(tmp_path, kind)).cause(release, "rollback.root_cause")
    (request,) = asked
    assert request.url.endswith("/api/now/table/problem" if kind == "servicenow" else "/rest/api/2/issue/PRB-1")
    return found


@KINDS
def test_a_ticket_that_is_as_it_must_be(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = cause(tmp_path, monkeypatch, kind)
    assert (found.open, found.owned, found.releases, found.links) == (True, True, (RELEASE,), (REPORT,))
    assert (found.release, found.report_url) == (RELEASE, REPORT)


@pytest.mark.parametrize(
    ("kind", "more", "fact", "value"),
    [
        ("servicenow", {"active": "false"}, "open", False),
        ("servicenow", {"assigned_to": ""}, "owned", False),
        ("servicenow", {"u_release": ""}, "releases", ()),
        ("servicenow", {"u_incident_report": ""}, "links", ()),
        ("jira", {"status": {"name": "Done", "statusCategory": {"key": "done"}}}, "open", False),
        ("jira", {"assignee": None}, "owned", False),
        ("jira", {"versions": []}, "releases", ()),
        ("jira", {"customfield_1": None}, "links", ()),
    ],
)
def test_what_a_ticket_lacks(
    kind: str, more: dict[str, Any], fact: str, value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert getattr(cause(tmp_path, monkeypatch, kind, **more), fact) == value


def test_whose_ticket_it_is_stays_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ROW["assigned_to"] not in repr(cause(tmp_path, monkeypatch, "servicenow"))


def test_a_ticket_of_no_release_and_one_in_another_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongVersion):
        cause(tmp_path, monkeypatch, "servicenow", release="")
    with pytest.raises(ProtocolBroken, match="not in the form of Jira's REST API"):
        cause(tmp_path, monkeypatch, "jira", status=None)


def test_without_its_table_an_item_says_what_is_lacking(tmp_path: Path) -> None:
    target = described(tmp_path, "servicenow").model_copy(update={"rollback": None})
    with pytest.raises(NotDescribed, match=r"no table \[rollback\], which rollback\.root_cause looks at"):
        Tickets(target).cause(RELEASE, "rollback.root_cause")
    with pytest.raises(NotDescribed, match=r"which rollback\.rescheduled looks at"):
        Changes(target).again()


def again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str = "CHG0030002", **more: Any) -> tuple[str, ...]:
    times = {name: f"{NOW + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}" for name, hours in _WINDOW.items()}
    row = {"number": number, "state": "-1", "active": "true", "approval": "approved", "u_release": FIX, **times, **more}
    answers(monkeypatch, lambda _: answer(200, {"result": [row]}))
    return Changes(described(tmp_path, "servicenow", change=number)).again().wanting


_WINDOW = {"start_date": 23, "end_date": 27}


def test_a_new_change_for_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert again(tmp_path, monkeypatch) == ()
    assert again(tmp_path, monkeypatch, start_date=f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M:%S}") == ()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"end_date": f"{NOW:%Y-%m-%d %H:%M:%S}"}, "is not to come"),
        ({"start_date": ""}, "not set to .*, is not to come"),
        ({"end_date": ""}, "to not set, is not to come"),
        ({"u_release": RELEASE}, "not for 2026.11.1"),
        ({"approval": "requested"}, "its approval is requested"),
        ({"active": "false"}, "no longer open"),
        ({"number": "CHG0030001"}, "CHG0030001 is the change that was rolled back, and no new one"),
    ],
)
def test_what_a_new_change_lacks(
    more: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (words,) = again(tmp_path, monkeypatch, **more)
    assert re.search(says, words)


def test_a_change_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, lambda _: answer(200, {"result": []}))
    with pytest.raises(NoEvidence, match="no record CHG0030002"):
        Changes(described(tmp_path, "servicenow")).again()
