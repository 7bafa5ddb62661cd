"""What a provider could not bring up is said once, by the name of the system, with a hint that fits how it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive_lab import folders, provider, systems
from golive_lab.control import LabHandle
from golive_lab.provider import LabProvider

SLOW = "getting ready took longer than 30 s; last state: no answer yet"


def test_a_server_that_is_called_as_its_system_is_named_once() -> None:
    said = systems.failed_systems(frozenset({"gateway", "postgres", "dns"}), {"gateway": f"failed: {SLOW}"})
    assert said == {"gateway": f"failed: {SLOW}", "postgres": f"its server gateway failed: {SLOW}"}


def test_a_lab_of_this_run_is_gone_with_its_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(provider, "SupervisorProcess", lambda *_: type("Own", (), {"follow": lambda *_: {"dns": SLOW}}))
    monkeypatch.setattr(LabHandle, "overlay", lambda _self: {})
    provided = LabProvider("lab", {}).start(frozenset({"dns"}), lambda *_: None)
    assert provided.failed == {"dns": f"failed: {SLOW}"}
    assert provided.hint == (
        "golive lab up --name lab brings one up to stay, and shows the end of the log of what failed"
    )


def test_a_kept_lab_names_where_its_logs_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = LabProvider("lab", {})
    rows: dict[str, Any] = {"dns": {"state": "failed", "words": SLOW}}
    kept = folders.Kept("lab", str(tmp_path), 1, 1.0, "reference", made.configuration.digest, 0.0)
    monkeypatch.setattr(folders, "find_kept", lambda _name: kept)
    monkeypatch.setattr(provider, "_overlay_of", lambda _kept: ({}, ""))
    monkeypatch.setattr(LabHandle, "status", lambda _self: {"services": rows})
    provided = made.start(frozenset({"dns"}), lambda *_: None)
    assert provided.failed == {"dns": f"failed in the kept lab: {SLOW}"}
    assert provided.hint == f"golive lab status --name lab; logs of its servers: {tmp_path}/logs"
