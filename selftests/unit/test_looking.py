"""A run that looks: it ends when it must, and what it said is told without secrets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golive.cli import looking
from golive.cli.looking import look, run
from golive.errors import CannotEstablish, TimedOut
from golive.target.load import read
from selftests.unit.answering import LAB
from selftests.unit.places import a_place

ROOT = Path(__file__).parents[2]


def test_what_it_wrote_to_standard_error_is_given(tmp_path: Path) -> None:
    assert run(["sh", "-c", "echo told; echo wrong >&2; exit 3"], tmp_path, "before", tmp_path) == "wrong\n"


@pytest.mark.parametrize("trap", ["trap '' TERM; ", ""])
def test_one_that_takes_too_long_is_told_to_end_and_then_killed(
    trap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOK_SECONDS", 1.0)
    monkeypatch.setattr(looking, "END_SECONDS", 0.1 if trap else 30.0)
    with pytest.raises(TimedOut) as caught:
        run(["sh", "-c", f"{trap}echo $$ >pid; sleep 8 2>&-; touch slept"], tmp_path, "before", Path("reports/before"))
    assert caught.value.message == "looking (before) took longer than 1 s"
    assert caught.value.hint == ("reports/before has what it found until then; which of its systems does not answer?")
    assert not (tmp_path / "slept").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), 0)


def test_what_it_says_is_told_without_the_targets_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("hunter2-hunter2", encoding="utf-8")
    target = read(LAB).with_overlay({"change": {"token": {"file": str(tmp_path / "token")}, "kind": "servicenow"}})
    monkeypatch.setattr(looking, "run", lambda *_: "usage: hunter2-hunter2" + " and so on" * 29)
    with pytest.raises(CannotEstablish) as caught:
        look(a_place(target, ROOT), "2", "before", tmp_path)
    assert caught.value.message.startswith("looking (before) left no record: ")
    assert caught.value.message.endswith("[REDACTED]" + " and so on" * 29)
