"""How long an item may take in all."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from golive.plugin.judging import deadline_of
from golive.target.load import read

LAB = read(Path(__file__).parents[2] / "targets" / "lab.toml")


def item(*fixtures: str) -> pytest.Item:
    return cast("pytest.Item", SimpleNamespace(fixturenames=fixtures))


def test_who_needs_the_window_has_its_length_besides_an_items_own_time() -> None:
    load, logs, own = LAB.target.load, LAB.target.logs, LAB.target.limits.item
    assert load is not None
    assert logs is not None
    assert deadline_of(item("gateway"), LAB.target) == own
    assert (
        deadline_of(item("gateway", "window"), LAB.target)
        == own + logs.arrival + load.ramp + load.window + 2 * load.timeout
    )
