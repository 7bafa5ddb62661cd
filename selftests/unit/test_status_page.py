"""What Statuspage's API gives, by its published shape, and what of it lets the page count as closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Answer, Request
from golive.errors import CannotEstablish, CredentialsRefused, NotDescribed, ProtocolBroken, TooLittleData
from golive.facts.status_page import StatusPage, Told
from golive.target.load import read
from selftests.unit.answering import LAB, answer, answers, target

NOW = datetime.now(UTC).replace(microsecond=0)
LIVE = datetime(2026, 11, 20, 18, tzinfo=UTC)


def incident(
    name: str = "Deployment of 2026.11.0", status: str = "completed", update: datetime = LIVE
) -> dict[str, Any]:
    updates = [{"display_at": update.isoformat(), "created_at": None}]
    return {
        "name": name,
        "status": status,
        "scheduled_for": (LIVE - timedelta(hours=1)).isoformat(),
        "incident_updates": updates,
    }


def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *incidents: dict[str, Any], given: Answer | None = None
) -> Told:
    token = tmp_path / "token"
    token.write_text("hunter2-hunter2", encoding="utf-8")
    components = [
        {"name": "API", "status": "operational", "group": False},
        {"name": "API", "status": "x", "group": True},
    ]

    def platform(request: Request) -> Answer:
        assert request.headers["Authorization"] == "OAuth hunter2-hunter2"
        return given or answer(200, components if request.url.endswith("/components") else list(incidents))

    answers(monkeypatch, platform)
    page = {"token": {"file": str(token)}, "components": ["API", "Live stream"]}
    return StatusPage(read(LAB).with_overlay({"status_page": page})).told("2026.11.0")


def test_a_closed_maintenance_and_a_component_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told(tmp_path, monkeypatch, {"name": "Slow", "status": "resolved", "scheduled_for": None}, incident())
    assert found.components == {"API": "operational", "Live stream": "absent"}
    assert (found.maintenance_status, found.under_way, found.updated) == ("completed", (), True)


@pytest.mark.parametrize(
    ("update", "expected"),
    [(LIVE, [True]), (LIVE - timedelta(seconds=1), [False]), (NOW + timedelta(hours=1), [False])],
)
def test_an_update_counts_from_going_live_until_now(
    update: datetime, expected: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [told(tmp_path, monkeypatch, incident(update=update)).updated] == expected


def test_what_is_under_way_is_any_releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(tmp_path, monkeypatch, incident(), incident("Deployment of 2026.10.3", "verifying"))
    assert (found.maintenance, found.under_way) == ("Deployment of 2026.11.0", ("Deployment of 2026.10.3",))
    to_come = {**incident("Later", "scheduled"), "scheduled_for": (NOW + timedelta(days=1)).isoformat()}
    assert told(tmp_path, monkeypatch, to_come).maintenance == ""
    assert told(tmp_path, monkeypatch, to_come).under_way == ()


def test_every_page_of_incidents_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [{"name": "Slow", "status": "resolved", "scheduled_for": None}] * 100
    pages = [many, [incident()]]

    def platform(request: Request) -> Answer:
        part = [] if request.url.endswith("/components") else pages[int(request.params["page"]) - 1]
        return answer(200, part)

    monkeypatch.setattr("golive.clients.statuspage.secret", lambda *_: "x")
    answers(monkeypatch, platform)
    assert StatusPage(target()).told("2026.11.0").maintenance == "Deployment of 2026.11.0"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(401, {}), CredentialsRefused),
        (answer(429, {}), TooLittleData),
        (answer(404, {"error": "not found"}), ProtocolBroken),
        (answer(200, [{"other": 1}]), ProtocolBroken),
        (answer(200, b"<html>"), ProtocolBroken),
    ],
)
def test_what_is_no_answer(
    given: Answer, error: type[CannotEstablish], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error):
        told(tmp_path, monkeypatch, given=given)


def test_a_target_without_a_status_page_says_so() -> None:
    with pytest.raises(NotDescribed, match=r"\[status_page\]"):
        StatusPage(target().model_copy(update={"status_page": None})).told("1")
