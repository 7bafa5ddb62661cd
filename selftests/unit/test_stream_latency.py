"""From deliveries to the stream's verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.errors import TooLittleData
from golive.facts.stream_latency import StreamLatency, StreamLateness
from golive.load.window import Window
from golive.target.load import read

TARGET = read(Path(__file__).parents[2] / "targets" / "lab.toml").target
AGREES = "agrees"


def seen(lates: list[float | None], sent_away: tuple[str, ...] = ()) -> tuple[StreamLateness, StreamLatency]:
    """A delivery each tenth of a second, so late; None never came."""
    due = [(1000 + number / 10, late) for number, late in enumerate(lates)]
    found = {"subscribers": 2, "records": len(due), "repeated": 0, "sent_away": sent_away, "clock": AGREES, "due": due}
    lateness = StreamLateness(TARGET, Window(1000.0, 1060.0, {"stream": found}))
    return lateness, lateness.fact


def test_a_quick_stream_is_under_its_limit() -> None:
    lateness, found = seen([0.05] * 550)
    lateness.confirm_decided(found)
    assert (found.verdict, found.deliveries, found.p95_seconds) == ("under the limit", 550, 0.05)
    assert lateness.too_late(found) == {}
    assert (len(found.seconds), set(found.worst_ms), set(found.lost)) == (55, {50.0}, {0})


@pytest.mark.parametrize("late", [5.0, 6.0, None], ids=["at the limit", "late", "lost"])
def test_late_and_lost_deliveries_are_over_it(late: float | None) -> None:
    lateness, found = seen([0.05, 0.05, 0.05, late] * 140)
    lateness.confirm_decided(found)
    assert found.over == 140
    assert lateness.too_late(found)["stream"].startswith("over the limit: 25.00% at or over the limit")
    assert found.lost_deliveries == (140 if late is None else 0)


def test_how_connections_ended_is_said_with_it() -> None:
    lateness, found = seen([None] * 300, ("lost: reset", "lost: reset"))
    assert lateness.too_late(found)["stream"].endswith("300 never came; connections ended: lost: reset")


@pytest.mark.parametrize("lates", [[], [0.05] * 30], ids=["nothing was due", "too few"])
def test_too_little_is_undecided(lates: list[float | None]) -> None:
    lateness, found = seen(lates)
    with pytest.raises(TooLittleData, match="stream"):
        lateness.confirm_decided(found)
