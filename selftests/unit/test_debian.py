"""Debian's packages in the lab's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.errors import LabUnavailable
from golive_lab import debian


def test_another_system_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(LabUnavailable, match="rsyslog is not on PATH") as caught:
        debian.unpacked("rsyslog", ("rsyslog",), tmp_path, print)
    assert caught.value.hint.startswith("install rsyslog by the system's own means")


def test_what_was_unpacked_is_not_unpacked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(debian, "_unpack", lambda _, root: (root / "usr").mkdir(parents=True))
    said: list[str] = []
    folders = {debian.unpacked("rsyslog", ("rsyslog", "libestr0"), tmp_path, said.append) for _ in range(2)}
    assert [(folder / "usr").is_dir() for folder in folders] == [True]
    assert said == ["unpacking Debian's rsyslog (once)"]
