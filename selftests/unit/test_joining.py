"""The lab is joined once every running service has reached the running servers that it uses, and not before."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from golive.errors import TimedOut
from golive_lab import joining
from golive_lab.joining import wait_joined
from golive_lab.runner import State


@dataclass
class Service:
    """One that lacks these, one after the other, and then nothing more; ``asked`` is with what."""

    lacks: list[str] = field(default_factory=list)
    asked: list[tuple[frozenset[str], float]] = field(default_factory=list)

    def joined(self, running: frozenset[str], since: float) -> str | None:
        self.asked.append((running, since))
        return self.lacks.pop(0) if self.lacks else None


def runner(service: Service, state: State = State.READY) -> Any:
    return SimpleNamespace(service=service, state=state)


def test_all_are_asked_until_none_lacks_a_server() -> None:
    prices, gateway, before = Service(["prices lacks kafka", "prices lacks kafka"]), Service(["slow"]), time.monotonic()
    wait_joined({"prices": runner(prices), "gateway": runner(gateway)})
    assert (len(prices.asked), len(gateway.asked)) == (3, 3)
    ((running, since),) = {*prices.asked, *gateway.asked}
    assert running == {"prices", "gateway"}
    assert before <= since <= time.monotonic(), "what was reached before the waiting counts for nothing"


@pytest.mark.parametrize("state", [state for state in State if state is not State.READY])
def test_a_server_that_does_not_run_is_neither_asked_nor_missed(state: State) -> None:
    gone, gateway = Service(["never asked"]), Service()
    wait_joined({"prices": runner(gone, state), "gateway": runner(gateway)})
    assert [running for running, _ in gateway.asked] == [frozenset({"gateway"})]
    assert gone.asked == []


def test_what_is_still_lacking_at_the_end_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "SECONDS", 0.1)
    lacking = {name: runner(Service([f"{name} lacks kafka"] * 999)) for name in ("prices", "gateway")}
    with pytest.raises(
        TimedOut, match=r"reaching its servers took longer than 0\.1 s; last state: gateway lacks kafka"
    ):
        wait_joined(lacking)
