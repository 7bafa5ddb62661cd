"""A test event is resolved whatever happens, and no key is told but by its fingerprint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from golive.clients.pagerduty import PagerDutyClient
from golive.clients.pagerduty_events import EventsClient
from golive.errors import NotDescribed, ProtocolBroken, TimedOut
from golive.facts import paging
from golive.facts.paging import Paging, fingerprint
from golive.residue import RunId
from golive.target.load import read
from golive.target.model import Target
from golive.target.pagerduty import PagerDuty
from selftests.unit.answering import LAB, target


def described(**changes: Any) -> Target:
    return read(LAB).with_overlay({"pagerduty": {"seconds": 0.4, **changes}})


class Sent:
    """Events in place of PagerDuty's, and the state in which an incident is left by each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: dict[str, str], broken: str = "") -> None:
        self.events: list[str] = []
        for action in ("trigger", "acknowledge", "resolve"):

            def send(_: EventsClient, name: str, action: str = action) -> None:
                assert name.startswith("golive-")
                if action == broken:
                    raise ProtocolBroken("pagerduty", "no")
                self.events.append(action)

            monkeypatch.setattr(EventsClient, action, send)
        monkeypatch.setattr(PagerDutyClient, "incident", lambda *_: after.get(self.events[-1], ""))


WHOLE = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


def test_a_whole_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(monkeypatch, WHOLE)
    assert Paging(described(), RunId.make()).drill().states == paging.STATES
    assert sent.events == ["trigger", "acknowledge", "resolve"]


@pytest.mark.parametrize(
    ("after", "states"),
    [
        ({}, ()),
        ({**WHOLE, "acknowledge": "triggered"}, ("triggered",)),
        ({**WHOLE, "resolve": "acknowledged"}, ("triggered", "acknowledged")),
    ],
)
def test_an_incident_that_does_not_follow_is_resolved_all_the_same(
    after: dict[str, str], states: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent(monkeypatch, after)
    assert Paging(described(), RunId.make()).drill().states == states
    assert sent.events[-1] == "resolve"
    assert sent.events.count("resolve") == 1


def test_an_error_on_the_way_leaves_no_incident_open(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(monkeypatch, WHOLE)

    def late(*_: Any) -> str:
        raise TimedOut("pagerduty", "late")

    monkeypatch.setattr(PagerDutyClient, "incident", late)
    with pytest.raises(TimedOut):
        Paging(described(), RunId.make()).drill()
    assert sent.events == ["trigger", "resolve"]


def test_a_key_is_told_by_its_fingerprint() -> None:
    assert fingerprint("hunter2") == "f52fbd32b2b3"
    assert "hunter2" not in fingerprint("hunter2")


def test_a_target_without_a_service_says_so(tmp_path: Path) -> None:
    plain = target()
    assert plain.pagerduty is not None
    none = plain.pagerduty.model_copy(update={"production": None, "test": None})
    for ask in (Paging.production, Paging.drill):
        with pytest.raises(NotDescribed, match=r"\[pagerduty\.(production|test)\]"):
            ask(Paging(plain.model_copy(update={"pagerduty": none}), RunId.make()))


def test_the_test_service_is_not_the_one_that_pages_people() -> None:
    service = {"service": "PSAME", "key": {"env": "X"}}
    said = {"token": {"env": "T"}, "policy": "P", "production": service, "test": service}
    with pytest.raises(ValidationError, match="pages real people"):
        PagerDuty.model_validate(said)
    assert PagerDuty.model_validate({**said, "pages_people": True})
