"""Facts as JSON."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.finding import plain


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Fact:
    name: str
    values: tuple[float, ...]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fact("a", (1.0, float("nan"))), {"name": "a", "values": [1.0, "nan"]}),
        (float("inf"), "inf"),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({Colour.RED: Path("/x")}, {"red": "/x"}),
        (datetime.timedelta(minutes=1), 60.0),
        (datetime.date(2026, 11, 24), "2026-11-24"),
        (None, None),
        (True, True),
    ],
)
def test_a_fact_as_json(value: object, shown: object) -> None:
    assert plain(value) == shown


@given(
    st.recursive(
        st.floats() | st.text() | st.none() | st.booleans(), lambda inner: st.lists(inner) | st.sets(st.text())
    )
)
def test_whatever_a_fact_holds_is_json_that_everybody_reads(value: object) -> None:
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == plain(value)
