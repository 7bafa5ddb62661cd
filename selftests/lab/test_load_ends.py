"""A load that does not reach its end as planned: broken off by a signal, or under way when the gateway dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from golive.evidence.record import read_journal
from golive.load.files import FOLDER, PROGRESS_FILE
from golive.load.result import Ended, LoadResult
from golive.waiting import Deadline, wait_until
from golive_lab.control import LabHandle
from golive_lab.folders import Kept

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ITEM = "performance.api_latency"
UNDER_WAY = 5
"""Seconds of load after which something happens: lines of progress, of which there is one a second."""
AFTER_THE_WINDOW = 10.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment in which a lab of its own is kept up."""
    own = {**os.environ, "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")), "COLUMNS": "120"}
    subprocess.run([BIN / "golive", "lab", "up"], cwd=ROOT, env=own, check=True, capture_output=True, timeout=400)
    yield own
    subprocess.run([BIN / "golive", "lab", "down"], cwd=ROOT, env=own, check=True, capture_output=True, timeout=60)


@pytest.fixture
def run(home: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of the item, whose load is some seconds old."""
    command = [str(BIN / "pytest"), "-m", "performance", "-k", "api_latency", f"--reports={tmp_path}"]
    with subprocess.Popen(
        command, cwd=ROOT, env=home, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        try:
            wait_until(lambda: under_way(tmp_path, running), Deadline("load", "its beginning", 120), interval=0.1)
            yield running
        finally:
            running.kill()


def under_way(reports: Path, running: subprocess.Popen[str]) -> tuple[bool | None, str]:
    assert running.poll() is None, running.communicate()[0]
    seconds = [len(path.read_bytes().splitlines()) for path in reports.rglob(PROGRESS_FILE)]
    return (bool(seconds and seconds[0] >= UNDER_WAY) or None), f"{seconds} seconds of load"


def load_folder(reports: Path) -> Path:
    (progress,) = reports.rglob(PROGRESS_FILE)
    return progress.parent


def generator_of(folder: Path) -> list[psutil.Process]:
    """Every process that works on this load."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(FOLDER) == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def record_of(reports: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record, and the item's finding in it."""
    record = json.loads((reports / "latest" / "record.json").read_text(encoding="utf-8"))
    return record, next(found for found in record["findings"] if found["item"] == ITEM)


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_load_that_a_signal_breaks_off_leaves_no_generator_and_a_closed_record(
    run: subprocess.Popen[str], tmp_path: Path, ended_by: signal.Signals
) -> None:
    folder = load_folder(tmp_path)
    assert generator_of(folder) != []
    run.send_signal(ended_by)
    out, _ = run.communicate(timeout=60)
    assert generator_of(folder) == []
    record, found = record_of(tmp_path)
    assert (found["outcome"], found["reason"]) == ("UNKNOWN", "interrupted"), out
    assert (record["interrupted"], record["decision"]["verdict"], run.returncode) == (True, "INCOMPLETE", 2)
    assert list(read_journal(tmp_path / "latest" / "record.jsonl"))[-1]["type"] == "end"
    partial = LoadResult.read(folder)
    assert partial is not None
    assert partial.ended is Ended.INTERRUPTED
    assert partial.ledger.sent > 0
    print(f"{ended_by.name}: {partial.ledger.sent} of {partial.ledger.scheduled} requests sent; {found['message']}")


def test_a_gateway_that_dies_under_load_is_a_failure_told_soon_after_the_window(
    run: subprocess.Popen[str], home: dict[str, str], tmp_path: Path
) -> None:
    lab = LabHandle(kept_lab(home).path)
    before = time.monotonic()
    lab.kill("gateway")
    try:
        out, _ = run.communicate(timeout=200)
        seconds = time.monotonic() - before
    finally:
        lab.start("gateway")
        lab.join()
    _, found = record_of(tmp_path)
    assert (found["outcome"], run.returncode) == ("FAIL", 1), out
    endpoints = [each["fields"] for each in found["evidence"] if each["subject"] == "EndpointLatency"]
    result = LoadResult.read(load_folder(tmp_path))
    assert result is not None
    errors = sum(each["errors"] for each in endpoints)
    assert errors == result.total.errors > 0
    left = result.plan.ramp_s + result.plan.window_s - UNDER_WAY
    print(f"{errors} errors of {result.total.n} requests; over {seconds - left:.1f} s after the window's end")
    assert seconds < left + AFTER_THE_WINDOW


def kept_lab(home: dict[str, str]) -> Kept:
    (file,) = Path(home["XDG_STATE_HOME"]).rglob("*.json")
    return Kept(**json.loads(file.read_text(encoding="utf-8")))
