"""Each fault of a stand-in shows in golive's own facts: over its application, in process, without a lab."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
import starlette.requests
from starlette.testclient import TestClient

from golive.clients.http import Answer, HttpClient, Request
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, Reason
from golive.facts.dashboards import Dashboards
from golive.facts.manual import COMPLETE, Manual
from golive.facts.on_call import Rotation
from golive.facts.paging import STATES, Paging
from golive.facts.standby import Standby
from golive.residue import RunId
from golive.target.load import read
from golive.target.model import Target
from golive_lab.standins import grafana, manual, pagerduty, pages
from golive_lab.standins.base import LABEL, Settings, StandIn, basic_password
from golive_lab.standins.people import FIRST, SECOND
from selftests.unit.answering import LAB

SECRETS = ("token", "production-key", "test-key")


class Told:
    """One stand-in's application, the target that leads to it, and its faults."""

    def __init__(self, folder: Path, vendor: ModuleType) -> None:
        self._name, self._faults = vendor.__name__.rpartition(".")[2], folder / "faults.json"
        self.set()
        for name in SECRETS:
            (folder / name).write_text(f"{name}-of-this-test", encoding="utf-8")
        stand_in = StandIn(
            Settings(
                instance="i", vendor=self._name, port=1, release="2026.11.0", faults_file=self._faults,
                certificate=folder, key=folder, secrets={name: folder / name for name in SECRETS},
            )
        )  # fmt: skip
        self.client = TestClient(stand_in.application(vendor.routes(stand_in)), base_url="https://127.0.0.1")
        table: dict[str, Any] = {"token": {"file": str(folder / "token")}}
        if vendor is pagerduty:
            keys = {name: {"key": {"file": str(folder / f"{name}-key")}} for name in ("production", "test")}
            table |= {**keys, "seconds": 0.2}
        self.target: Target = read(LAB).with_overlay({"ca_file": None, self._name: table})

    def set(self, *faults: str) -> None:
        self._faults.unlink(missing_ok=True)
        self._faults.write_text(json.dumps({self._name: faults}), encoding="utf-8")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[ModuleType], Told]]:
    """A stand-in in place of every server that golive's clients reach."""

    open_ = ExitStack()

    def of(vendor: ModuleType) -> Told:
        made = Told(tmp_path, vendor)
        open_.enter_context(made.client)

        def answer(request: Request) -> Answer:
            found = made.client.request(
                request.method, request.url, headers=dict(request.headers), content=request.content
            )
            assert found.headers["x-stand-in"] == LABEL["X-Stand-In"]
            return Answer(found.status_code, dict(found.headers), found.content, 0.0, "")

        def handled(_: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
            found = made.client.request(
                request.method, str(request.url), headers=dict(request.headers), content=request.read()
            )
            return httpx2.Response(
                found.status_code, headers=dict(found.headers), stream=httpx2.ByteStream(found.content)
            )

        def ask_many(_: HttpClient, requests: Mapping[str, Request], **__: Any) -> dict[str, Answer]:
            return {name: answer(request) for name, request in requests.items()}

        monkeypatch.setattr(HttpClient, "ask", lambda _, request, **__: answer(request))
        monkeypatch.setattr(HttpClient, "ask_many", ask_many)
        monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", handled)
        return made

    with open_:
        yield of


GRAFANA = {
    "dashboard_missing": "missing",
    "dashboard_renamed": "is called 'Nodes', not 'Market Intelligence'",
    "dashboard_empty": "has no panel that asks for data",
    "data_source_broken": "1. Services up: error: Post api/v1/query_range: connection refused",
    "data_source_unknown": "3. Memory: error: data source not found",
    "panel_empty": "2. CPU: no data",
    "panel_null": "2. CPU: no data",
}


def test_every_fault_of_grafana_shows(told: Callable[[ModuleType], Told]) -> None:
    stand_in = told(grafana)
    dashboards = Dashboards(stand_in.target)
    assert [each.state for each in dashboards.seen()] == ["complete"]
    assert GRAFANA.keys() == grafana.FAULTS.keys()
    for fault, words in GRAFANA.items():
        stand_in.set(fault)
        (seen,) = dashboards.seen()
        assert seen.state.startswith(words), fault


PRODUCTION = {
    "wrong_key": "no integration of it has the key that is in use",
    "disabled": "it is disabled",
    "in_maintenance": "it is in maintenance",
    "escalates_elsewhere": "it escalates by PANOTHR, not by PLABESC",
}
DRILL = {"drops_events": 0, "ignores_acknowledgements": 1, "never_resolves": 2}


def test_every_fault_of_pagerdutys_paging_shows(told: Callable[[ModuleType], Told]) -> None:
    stand_in = told(pagerduty)
    paging = Paging(stand_in.target, RunId.make())
    assert paging.production().wanting == ()
    assert paging.drill().states == STATES
    for fault, words in PRODUCTION.items():
        stand_in.set(fault)
        assert paging.production().wanting == (words,), fault
    for fault, seen in DRILL.items():
        stand_in.set(fault)
        assert paging.drill().states == STATES[:seen], fault
    stand_in.set("test_key_unknown")
    with pytest.raises(ProtocolBroken, match="HTTP 400"):
        paging.drill()


COVER = {"hour_uncovered": [2], "first_level_ends": [1], "second_level_empty": [2], "second_level_without_person": [2]}
REACH = {
    "second_level_empty": [2],
    "second_level_without_person": [2],
    "second_level_by_mail_only": [2],
    "second_level_told_late": [2],
}


def test_every_fault_of_pagerdutys_rotation_shows(told: Callable[[ModuleType], Told]) -> None:
    stand_in = told(pagerduty)
    rotation = Rotation(stand_in.target)
    assert [each.uncovered for each in rotation.cover()] == [(), ()]
    assert all(each.reached for each in rotation.reach())
    for fault, levels in COVER.items():
        stand_in.set(fault)
        assert [each.level for each in rotation.cover() if each.uncovered] == levels, fault
    for fault, levels in REACH.items():
        stand_in.set(fault)
        assert [each.level for each in rotation.reach() if not each.reached] == levels, fault
    stand_in.set("one_level")
    assert len(rotation.cover()) == len(rotation.reach()) == 1


def test_roles_are_held_by_the_schedules_of_pagerduty(told: Callable[[ModuleType], Told], tmp_path: Path) -> None:
    stand_in = told(pagerduty)
    standby = Standby(stand_in.target, tmp_path)
    first, second = standby.on_duty()
    assert (first.role, second.role, first.uncovered, second.uncovered) == ("first responder", "second line", (), ())
    assert set(first.people) < set(FIRST)
    assert set(second.people) == set(SECOND)
    for fault in ("second_level_empty", "second_level_without_person", "second_level_leaves_early"):
        stand_in.set(fault)
        assert [each.role for each in standby.on_duty() if each.uncovered] == ["second line"], fault


MANUAL = {
    "manual_page_gone": {"/exports": "HTTP 404"},
    "manual_old": dict.fromkeys(("/api", "/exports", "/hub", "/start"), "does not say 'Release 2026.11.0'"),
    "manual_one_page_old": {"/hub": "does not say 'Release 2026.11.0'"},
}
DEAD = {"manual_page_gone": 2, "manual_link_dead": 1, "manual_part_renamed": 3}


def test_every_fault_of_the_documentation_shows(told: Callable[[ModuleType], Told]) -> None:
    stand_in = told(pages)
    site = Manual(stand_in.target)
    assert {each.state for each in site.pages("2026.11.0")} == {COMPLETE}
    assert sum(each.links for each in site.pages("2026.11.0")) == 9
    assert MANUAL.keys() | DEAD.keys() == manual.FAULTS.keys()
    for fault in manual.FAULTS:
        stand_in.set(fault)
        found = site.pages("2026.11.0")
        assert {each.page: each.state for each in found if each.state != COMPLETE} == MANUAL.get(fault, {}), fault
        assert sum(len(each.dead) for each in found) == DEAD.get(fault, 0), fault


@pytest.mark.parametrize(("fault", "reason"), [("refuses_token", Reason.CREDENTIALS), ("puts_off", Reason.PROTOCOL)])
def test_grafana_that_does_not_answer(fault: str, reason: Reason, told: Callable[[ModuleType], Told]) -> None:
    stand_in = told(grafana)
    stand_in.set(fault)
    with pytest.raises(CannotEstablish) as caught:
        Dashboards(stand_in.target).seen()
    assert caught.value.reason == reason


def test_pagerduty_that_refuses_tells_no_letter_of_the_key(told: Callable[[ModuleType], Told]) -> None:
    stand_in = told(pagerduty)
    stand_in.set("refuses_token")
    with pytest.raises(CredentialsRefused) as caught:
        Rotation(stand_in.target).cover()
    assert "test" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "password"),
    [
        (b"Basic Z29saXZlOmE6Yg==", "a:b"),
        (b"Basic c3RyYW5nZXI6YTpi", ""),
        (b"Bearer Z29saXZlOmE6Yg==", ""),
        (b"Basic no base64", ""),
        (b"Basic /////w==", ""),
        (b"", ""),
    ],
)
def test_the_password_of_the_suites_user_alone_is_read(header: bytes, password: str) -> None:
    request = starlette.requests.Request({"type": "http", "headers": [(b"authorization", header)]})
    assert basic_password(request, "golive") == password
