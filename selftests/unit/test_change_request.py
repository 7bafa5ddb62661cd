"""Change records: ServiceNow's and Jira's answers, by the shapes of their published APIs, become the same facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Answer
from golive.errors import CannotEstablish, CredentialsRefused, NoEvidence, ProtocolBroken, WrongVersion
from golive.facts.change_request import ChangeRequest, Changes
from golive.target import Target
from golive.target.load import read
from selftests.unit.answering import LAB, answer, answers

NOW = datetime.now(UTC).replace(microsecond=0)  # as collected: the last test may run an hour later
RELEASE = "2026.11.0"


def described(tmp_path: Path, kind: str) -> Target:
    token = tmp_path / "token"
    token.write_text("hunter2-hunter2", encoding="utf-8")
    jira = {"kind": "jira", "number": "CHG-1", "approval": "status", "approved": ["Approved"], "release": "fixVersions"}
    fields = {"start": "customfield_1", "end": "customfield_2"}
    more = {**jira, **fields} if kind == "jira" else {}
    return read(LAB).with_overlay({"change": {"token": {"file": str(token)}, **more}})


def row(
    kind: str, start: datetime = NOW - timedelta(hours=1), end: datetime = NOW + timedelta(hours=6), **more: Any
) -> Answer:
    if kind == "servicenow":
        times = {"start_date": f"{start:%Y-%m-%d %H:%M:%S}", "end_date": f"{end:%Y-%m-%d %H:%M:%S}"}
        record = {"number": "CHG0030001", "state": "-1", "active": "true", "approval": "approved", "u_release": RELEASE}
        return answer(200, {"result": [{**record, **times, **more}]})
    times = {
        "customfield_1": f"{start:%Y-%m-%dT%H:%M:%S.000+0000}",
        "customfield_2": f"{end:%Y-%m-%dT%H:%M:%S.000+0000}",
    }
    fields = {
        "status": {"name": "Approved", "statusCategory": {"key": "indeterminate"}},
        "fixVersions": [{"name": RELEASE}],
    }
    return answer(200, {"key": "CHG-1", "fields": {**fields, **times, **more}})


def found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, given: Answer, release: str = RELEASE
) -> ChangeRequest:
    answers(monkeypatch, lambda _: given)
    return Changes(described(tmp_path, kind)).request(release)


KINDS = pytest.mark.parametrize("kind", ["servicenow", "jira"])


@KINDS
def test_an_approved_change_for_now(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = found(tmp_path, monkeypatch, kind, row(kind))
    assert (request.wanting, request.releases) == ((), (RELEASE,))
    assert request.start == NOW - timedelta(hours=1)


@KINDS
def test_the_window_ends_before_its_end(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for start, end in ((NOW - timedelta(hours=2), NOW), (NOW + timedelta(hours=6), NOW + timedelta(hours=8))):
        request = found(tmp_path, monkeypatch, kind, row(kind, start, end))
        (words,) = request.wanting
        assert "does not contain now" in words


@pytest.mark.parametrize(
    ("kind", "more", "says"),
    [
        ("servicenow", {"approval": "requested"}, "its approval is requested"),
        ("servicenow", {"approval": ""}, "its approval is empty"),
        ("servicenow", {"active": "false", "state": "4"}, "no longer open"),
        ("servicenow", {"u_release": "2026.11.01"}, "not for 2026.11.0"),
        ("servicenow", {"u_release": ""}, "for no release"),
        ("servicenow", {"start_date": ""}, "not set"),
        ("jira", {"fixVersions": [{"name": "2026.10.0"}, {"name": "2026.12.0"}]}, "2026.10.0, 2026.12.0"),
        ("jira", {"customfield_2": None}, "not set"),
    ],
)
def test_what_is_wanting(
    kind: str, more: dict[str, Any], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (words,) = found(tmp_path, monkeypatch, kind, row(kind, **more)).wanting
    assert says in words


def test_an_issue_that_is_done_is_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: dict[str, Any] = {"status": {"name": "Approved", "statusCategory": {"key": "done"}}}
    assert "no longer open" in found(tmp_path, monkeypatch, "jira", row("jira", **done)).wanting[0]


@pytest.mark.parametrize(
    ("kind", "given", "error"),
    [
        ("servicenow", answer(200, {"result": []}), NoEvidence),
        ("servicenow", answer(401, {}), CredentialsRefused),
        ("servicenow", answer(200, {"result": [{"number": "CHG0030001"}]}), ProtocolBroken),
        ("servicenow", answer(200, b"<html>asleep</html>"), ProtocolBroken),
        ("jira", answer(404, {}), NoEvidence),
        ("jira", answer(403, {}), CredentialsRefused),
        ("jira", row("jira", customfield_1="2026-11-26"), ProtocolBroken),
        ("jira", answer(429, {}), ProtocolBroken),
    ],
)
def test_what_is_no_record(
    kind: str, given: Answer, error: type[CannotEstablish], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error):
        found(tmp_path, monkeypatch, kind, given)


def test_without_a_release_nothing_is_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongVersion):
        found(tmp_path, monkeypatch, "servicenow", row("servicenow"), release="")
