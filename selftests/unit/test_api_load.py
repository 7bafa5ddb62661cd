"""The load says of which build it was: a run of the performance phase alone names what it looked at."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from golive.errors import WrongVersion
from golive.facts.api_load import ApiLoad
from golive.facts.gateway import Gateway, GatewayAnswer
from golive.load.window import Course
from selftests.unit.answering import target


class Named:
    """A gateway that answers 200 as some release."""

    def __init__(self, version: str, status: int = 200) -> None:
        self._answer = GatewayAnswer("desk", "/api/v1/whoami", status, version, 1, "TLSv1.3")

    def show(self, _: Any) -> tuple[GatewayAnswer, ...]:
        return (self._answer,)

    confirm_release = Gateway.confirm_release


def begun(version: str, status: int = 200) -> str:
    about = target()
    assert about.load
    about = about.model_copy(update={"load": about.load.model_copy(update={"calibrate": False})})
    identity = SimpleNamespace(log_in=lambda _: SimpleNamespace(token="t"))
    watcher = ApiLoad(about, identity, Named(version, status), "2026.11.0")  # type: ignore[arg-type] # stand-ins
    watcher.before(Course(60, Path()))
    return str(watcher.after()["version"])


def test_it_is_of_the_build_that_answered() -> None:
    assert begun("2026.11.0") == "2026.11.0"


def test_a_gateway_that_only_fails_names_none() -> None:
    assert begun("", 503) == ""


def test_another_release_is_not_loaded() -> None:
    with pytest.raises(WrongVersion):
        begun("2026.10.0")
