"""``golive lab``: a server that died is said in the first line, and no ``up`` calls such a lab up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from golive_lab import folders
from golive_lab.cli import app
from golive_lab.configuration import Configuration
from golive_lab.control import LabHandle
from golive_lab.process import start_stamp

SERVICES = ("postgres", "kafka", "instruments", "kafka_second")


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A kept lab, registered as this process's, of which the test says in what states its servers are."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    digest = Configuration.load("reference").digest
    stamp = start_stamp(os.getpid())
    assert stamp is not None
    assert folders.register(folders.Kept("lab", str(tmp_path), os.getpid(), stamp, "reference", digest, 0.0))
    row = {"state": "ready", "words": "", "pid": 1, "port": 1, "memory_mib": None, "uptime": None}
    rows = {name: dict(row) for name in SERVICES}
    rows["kafka_second"]["state"] = "stopped"  # only a proof starts it
    status = {"up": True, "services": rows}
    monkeypatch.setattr(LabHandle, "status", lambda _self: status)
    return status


def run(command: str) -> Result:
    return CliRunner().invoke(app, [command])


def test_a_lab_whose_wanted_servers_are_all_ready_is_up(lab: dict[str, Any]) -> None:
    assert lab["up"]
    assert run("status").output.startswith("lab: up\n")
    again = run("up")
    assert (again.exit_code, "is up already" in again.output) == (0, True)


@pytest.mark.parametrize("state", ["dead", "failed", "frozen"])
def test_a_server_that_is_away_is_said_in_the_first_line(lab: dict[str, Any], state: str) -> None:
    lab["services"]["instruments"]["state"] = state
    assert run("status").output.startswith(f"lab: up, 1 of 3 {state}: instruments\n")
    again = run("up")
    assert again.exit_code == 1
    assert f"instruments is {state}\n    try: golive lab down --name lab && golive lab up --name lab" in again.output


def test_a_lab_that_is_coming_up_is_not_called_up(lab: dict[str, Any]) -> None:
    lab["up"] = False
    lab["services"]["kafka"]["state"] = "starting"
    assert run("status").output.startswith("lab: coming up\n")
