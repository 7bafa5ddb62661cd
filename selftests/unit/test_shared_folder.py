"""Folders that may be shares of another machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golive.errors import BadInput, TimedOut
from golive.facts.shared_folder import read_from


def test_what_is_read_is_handed_on(tmp_path: Path) -> None:
    (tmp_path / "roles.toml").write_text("roles", encoding="utf-8")
    read = (tmp_path / "roles.toml").read_text
    assert read_from(tmp_path, 5, lambda: read(encoding="utf-8"), system="attestations") == "roles"


def test_what_is_wrong_there_is_raised(tmp_path: Path) -> None:
    def refuses() -> str:
        raise BadInput("no TOML")

    with pytest.raises(BadInput, match="no TOML"):
        read_from(tmp_path, 5, refuses, system="attestations")


def test_a_share_that_hangs_is_given_up_and_named(tmp_path: Path) -> None:
    mute = tmp_path / "evidence"
    mute.mkdir()
    os.mkfifo(mute / "roles.toml")
    with pytest.raises(TimedOut) as caught:
        read_from(mute, 0.2, (mute / "roles.toml").read_bytes, system="attestations")
    assert str(caught.value) == (
        "attestations: reading evidence took longer than 0.2 s; last state: it can be opened and does not answer"
    )
    assert caught.value.hint == "is evidence a share that hangs? ls it, and look at the machine that has it"
