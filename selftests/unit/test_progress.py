"""One line of progress: moving where it can, calm where it cannot."""

from __future__ import annotations

import io
import re
from contextlib import suppress

import pytest

from golive import progress
from golive.progress import MovingLine, told_while
from golive.waiting import Deadline, comes_true


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_moves_on_a_terminal_and_comes_now_and_then_elsewhere() -> None:
    terminal, plain = Terminal(), io.StringIO()
    for line in (MovingLine(terminal), MovingLine(plain)):
        line.show("one")
        line.show("two")
        line.end("done")
    assert terminal.getvalue() == "\r\x1b[2Kone\r\x1b[2Ktwo\r\x1b[2Kdone\n"
    assert plain.getvalue() == "\none\ndone\n"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.01)
    monkeypatch.setattr(progress, "STEP_SECONDS", 0.01)


def until(stream: io.StringIO, pattern: str) -> None:
    seen = comes_true(lambda: bool(re.search(pattern, stream.getvalue())), Deadline("test", "words", 20), interval=0.01)
    assert seen, stream.getvalue()


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("stream", "first", "last"),
    [(Terminal(), "\r\x1b[2K0 of 2 (0 s)", "\r\x1b[2K"), (io.StringIO(), "\n0 of 2 (0 s)", "0 of 2 (0 s)\n")],
    ids=["terminal", "plain"],
)
def test_what_takes_long_is_told_and_leaves_the_line_free(stream: io.StringIO, first: str, last: str) -> None:
    done = ["0 of 2"]
    with suppress(KeyError), told_while(lambda: done[0], stream):
        until(stream, r"0 of 2 \(0 s\)")
        if stream.isatty():
            done[0] = "1 of 2"
            until(stream, r"1 of 2 \(\d s\)")
        raise KeyError
    assert stream.getvalue().startswith(first)
    assert stream.getvalue().endswith(last)


def test_what_is_over_soon_says_nothing() -> None:
    terminal = Terminal()
    with told_while(lambda: "waiting", terminal):
        pass
    assert terminal.getvalue() == ""
