"""Labs that come up one after the other."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from golive.errors import LabUnavailable, TimedOut
from golive_lab import turn as turns
from golive_lab.turn import turn


def ending(words: str) -> None:
    raise LabUnavailable("lab", words)


def test_it_goes_on_as_soon_as_it_may(tmp_path: Path) -> None:
    waited, began = threading.Event(), threading.Event()

    def wait() -> None:
        with turn(tmp_path / "turn", lambda _: waited.set()):
            began.set()

    with turn(tmp_path / "turn", ending):
        thread = threading.Thread(target=wait)
        thread.start()
        assert waited.wait(10)
        assert not began.is_set()
    thread.join(10)
    assert began.is_set()


def test_a_lab_that_is_ending_waits_no_more(tmp_path: Path) -> None:
    with (
        turn(tmp_path / "turn", ending),
        pytest.raises(LabUnavailable, match="for another lab to come up"),
        turn(tmp_path / "turn", ending),
    ):
        pass


def test_a_lab_that_does_not_give_it_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SECONDS", 0.3)
    with (
        turn(tmp_path / "turn", ending),
        pytest.raises(TimedOut, match="another lab's coming up took longer than"),
        turn(tmp_path / "turn", lambda _: None),
    ):
        pass


def test_a_killed_lab_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from golive_lab.turn import turn\n"
        "with turn(Path(sys.argv[1]), print): print('has it', flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "turn")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        assert lab.stdout.readline() == "has it\n"
        lab.kill()
    with turn(tmp_path / "turn", ending):
        pass
