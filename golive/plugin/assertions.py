"""How many assertions a test really executed: one that executes none proves nothing."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from golive.plugin.judging import STATE, ItemState


class AssertionCount:
    """Counts the assertions that were really executed.

    Registered only where items were collected: with this hook pytest explains every assertion that passes, of every
    plugin's package too, which makes a library full of them (hypothesis) ten times slower.
    """

    def pytest_assertion_pass(self, item: pytest.Item) -> None:
        """Count one of the test's own file."""
        state: ItemState | None = item.stash.get(STATE, None)
        if state is not None and _asserting_file() == str(item.path):
            state.assertions += 1


def _asserting_file() -> str:
    """The file whose assertion pytest reports just now: the hook does not say, but its frame is above this one.

    pytest rewrites the assertions of every installed plugin's package as well, so theirs are reported too.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "_call_assertion_pass":
        frame = frame.f_back
    caller = frame.f_back if frame is not None else None
    return caller.f_code.co_filename if caller is not None else ""
