"""Labs that start their heavy servers one after the other."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from golive.errors import LabUnavailable, TimedOut
from golive_lab import turn as turns
from golive_lab.turn import Turn


def ending(words: str) -> None:
    raise LabUnavailable("lab", words)


def test_another_lab_waits_until_the_last_server_of_the_first_has_started(tmp_path: Path) -> None:
    one, other = Turn(tmp_path / "turn"), Turn(tmp_path / "turn")
    with one.taken(ending):
        with one.taken(ending):
            pass
        with pytest.raises(LabUnavailable, match="another lab's heavy servers"), other.taken(ending):
            pass
    with other.taken(ending):
        pass


def test_it_goes_on_as_soon_as_it_may(tmp_path: Path) -> None:
    one, other = Turn(tmp_path / "turn"), Turn(tmp_path / "turn")
    waited, began = threading.Event(), threading.Event()

    def wait() -> None:
        with other.taken(lambda _: waited.set()):
            began.set()

    with one.taken(ending):
        thread = threading.Thread(target=wait)
        thread.start()
        assert waited.wait(10)
        assert not began.is_set()
    thread.join(10)
    assert began.is_set()


def test_a_lab_that_does_not_give_it_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SECONDS", 0.3)
    with (
        Turn(tmp_path / "turn").taken(ending),
        pytest.raises(TimedOut, match="another lab's heavy servers' starting took longer than"),
        Turn(tmp_path / "turn").taken(lambda _: None),
    ):
        pass


def test_a_killed_lab_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from golive_lab.turn import Turn\n"
        "with Turn(Path(sys.argv[1])).taken(print): print('has it', flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "turn")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        assert lab.stdout.readline() == "has it\n"
        lab.kill()
    with Turn(tmp_path / "turn").taken(ending):
        pass
