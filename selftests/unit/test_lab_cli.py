"""``golive lab``: a server that died is said in the first line, and no ``up`` calls such a lab up."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from golive_lab import cli, folders
from golive_lab.cli import app
from golive_lab.configuration import Configuration
from golive_lab.control import LabHandle
from golive_lab.kubernetes import programs
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
    shown = run("status")
    assert (shown.output.startswith("lab: up\n"), shown.exit_code) == (True, 0)
    again = run("up")
    assert (again.exit_code, "is up already" in again.output) == (0, True)


@pytest.mark.parametrize("state", ["dead", "failed", "frozen"])
def test_a_server_that_is_away_is_said_in_the_first_line(lab: dict[str, Any], state: str) -> None:
    lab["services"]["instruments"]["state"] = state
    shown = run("status")
    assert shown.stdout.startswith(f"lab: up, 1 of 3 {state}: instruments\n")
    next_steps = (
        f"    log: {os.environ['XDG_STATE_HOME']}/logs/instruments.log\n"
        "    try: golive lab down --name lab && golive lab up --name lab\n"
    )
    assert (shown.stderr, shown.exit_code) == (next_steps, 1)
    again = run("up")
    assert again.stderr == f"The lab 'lab' is up already, but instruments is {state}\n{next_steps}"
    assert again.exit_code == 1


@pytest.mark.parametrize(("state", "status"), [("ready", 0), ("stopped", 0), ("failed", 1)])
def test_programs_see_a_server_that_is_away_by_the_exit_status_too(
    lab: dict[str, Any], state: str, status: int
) -> None:
    lab["services"]["instruments"]["state"] = state
    shown = CliRunner().invoke(app, ["status", "--json"])
    assert json.loads(shown.stdout)["services"]["instruments"]["state"] == state
    assert (shown.exit_code, shown.stderr) == (status, "")


def test_a_lab_that_is_coming_up_is_not_called_up(lab: dict[str, Any]) -> None:
    lab["up"] = False
    lab["services"]["kafka"]["state"] = "starting"
    assert run("status").output.startswith("lab: coming up\n")


@pytest.mark.usefixtures("lab")
def test_what_deploy_cannot_do_is_all_that_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(programs.VARIABLE, raising=False)
    monkeypatch.setattr(cli, "cache_folder", lambda: tmp_path)
    said = CliRunner().invoke(app, ["deploy", "--release", "r1"])
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.splitlines() == [
        "cluster: Kubernetes' programs are not built yet",
        f"    try: build them with: golive lab build ({programs.LONG})",
    ]
