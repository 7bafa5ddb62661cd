"""From deliveries to the stream's verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from golive.errors import TooLittleData, Unreachable
from golive.facts.api_load import plan_of
from golive.facts.stream_latency import StreamLatency, StreamLateness
from golive.load.health import Health
from golive.load.ledger import Ledger
from golive.load.result import Ended, LoadResult
from golive.load.window import Window
from golive.target.load import read

TARGET = read(Path(__file__).parents[2] / "targets" / "lab.toml").target
AGREES = "agrees"


def load(**changes: Any) -> LoadResult:
    """One that was made whole, from the second 1000 on."""
    return replace(
        LoadResult(
            plan=plan_of(TARGET), started="1970-01-01T00:16:40+00:00", ended=Ended.COMPLETE, endpoints=(), series=(),
            ledger=Ledger(100, 0, 100, 100, 0, 0), health=Health(1, 1, 100, 0, 0, 0.1, 1.0, 2.0, 0.1, 0.2),
        ),
        **changes,
    )  # fmt: skip


def seen(
    lates: list[float | None], sent_away: tuple[str, ...] = (), loaded: LoadResult | None = None
) -> tuple[StreamLateness, StreamLatency]:
    """A delivery each tenth of a second, so late; None never came."""
    due = [(1000 + number / 10, late) for number, late in enumerate(lates)]
    found = {"subscribers": 2, "records": len(due), "repeated": 0, "sent_away": sent_away, "clock": AGREES, "due": due}
    made = {"result": (loaded or load()).to_json()}
    lateness = StreamLateness(TARGET, Window(1000.0, 1060.0, {"stream": found, "api": made}))
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


def test_what_came_before_the_load_says_nothing() -> None:
    _, found = seen([*[9.0] * 50, *[0.05] * 500], loaded=load(started="1970-01-01T00:16:45+00:00"))
    assert (found.verdict, found.deliveries) == ("under the limit", 500)


@pytest.mark.parametrize(
    ("loaded", "says"),
    [
        (load(ledger=Ledger(100, 50, 50, 50, 0, 0)), "of the load was delivered"),
        (load(ended=Ended.WORKERS_LOST), "the load ended workers lost"),
    ],
    ids=["half of it", "worker lost"],
)
def test_without_its_load_a_quick_stream_is_undecided(loaded: LoadResult, says: str) -> None:
    lateness, found = seen([0.05] * 550, loaded=loaded)
    with pytest.raises(TooLittleData, match=says):
        lateness.confirm_decided(found)


def test_what_kept_the_load_from_being_made_is_the_streams_reason_too() -> None:
    error = {"error": "Unreachable", "system": "load", "message": "refused", "hint": ""}
    found = {"subscribers": 2, "records": 0, "repeated": 0, "sent_away": (), "clock": AGREES, "due": []}
    with pytest.raises(Unreachable, match="load: refused"):
        StreamLateness(TARGET, Window(1000.0, 1060.0, {"stream": found, "api": error}))
