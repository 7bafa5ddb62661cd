"""One line of progress: moving where it can, calm where it cannot."""

from __future__ import annotations

import io

from golive.progress import MovingLine


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
