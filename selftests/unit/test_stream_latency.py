"""From deliveries to the stream's verdict."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from golive.errors import CredentialsRefused, ResidueLeft, TooLittleData, Unreachable
from golive.facts.api_load import plan_of
from golive.facts.stream_latency import MARKED, OWN, StreamLatency, StreamLateness, too_late
from golive.load.health import Health
from golive.load.ledger import Ledger
from golive.load.result import Ended, LoadResult
from golive.load.window import Window
from golive.target import Level
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


def followed(lates: list[float | None], sent_away: tuple[str, ...] = ()) -> dict[str, Any]:
    """A delivery each tenth of a second, so late; None never came."""
    due = [(1000 + number / 10, late, 1, "A") for number, late in enumerate(lates)]
    return {
        "subscribers": 2, "records": len(due), "repeated": 0, "sent_away": sent_away, "clock": AGREES, "due": due,
        "early": 0.0,
    }  # fmt: skip


def marked(lates: list[float | None], left: str = "") -> dict[str, Any]:
    return {**followed(lates), "made": len(lates), "removed": 0 if left else len(lates), "left": left}


def lateness(own: dict[str, Any], marks: dict[str, Any] | None, loaded: LoadResult | None = None) -> StreamLateness:
    """What a window found; without marks on a target that does not grant canary."""
    levels = TARGET.levels - ({Level.CANARY} if marks is None else set())
    seen = {"stream": own, "marked_stream": marks or {}, "api": {"result": (loaded or load()).to_json()}}
    return StreamLateness(TARGET.model_copy(update={"levels": levels}), Window(1000.0, 1060.0, seen))


def seen(
    lates: list[float | None], sent_away: tuple[str, ...] = (), loaded: LoadResult | None = None
) -> tuple[StreamLateness, StreamLatency]:
    """The platform's own events alone."""
    found = lateness(followed(lates, sent_away), None, loaded)
    (own,) = found.facts
    return found, own


def test_a_quick_stream_is_under_its_limit() -> None:
    found, own = seen([0.05] * 550)
    found.confirm_decided([own])
    assert (own.verdict, own.deliveries, own.p95_seconds) == ("under the limit", 550, 0.05)
    assert too_late([own]) == {}
    assert (len(own.seconds), set(own.worst_ms), set(own.lost)) == (55, {50.0}, {0})


@pytest.mark.parametrize("late", [5.0, 6.0, None], ids=["at the limit", "late", "lost"])
def test_late_and_lost_deliveries_are_over_it(late: float | None) -> None:
    found, own = seen([0.05, 0.05, 0.05, late] * 140)
    found.confirm_decided([own])
    assert own.over == 140
    assert too_late([own])[OWN].startswith("over the limit: 25.00% at or over the limit")
    assert own.lost_deliveries == (140 if late is None else 0)


def by_many(lates: list[list[float | None]], sources: int) -> dict[str, Any]:
    """Each subscriber's own, one delivery each tenth of a second, over so many instruments in turn."""
    due = [
        (1000 + number / 10, late, subscriber, f"N{number % sources}")
        for number in range(len(lates[0]))
        for subscriber, late in enumerate((each[number] for each in lates), start=1)
    ]
    return {**followed([]), "due": due}


def test_one_silent_subscriber_of_many_is_over_the_limit_by_itself() -> None:
    lates: list[list[float | None]] = [[0.1 if who < 29 else None] * 600 for who in range(30)]
    (own,) = lateness(by_many(lates, 1), None).facts
    assert (round(own.share, 3), own.verdict) == (0.033, "over the limit")
    assert own.why == "subscriber 30: 100.00% at or over the limit, 5.00% allowed"


def test_one_silent_instrument_of_many_is_over_the_limit_by_itself() -> None:
    once = [None if number % 30 == 7 else 0.1 for number in range(600)]
    (own,) = lateness(by_many([once, once], 30), None).facts
    assert (round(own.share, 3), own.worst) == (0.033, ("N7: 100.00% at or over the limit, 5.00% allowed",))
    assert list(too_late([own])) == [OWN]


def test_many_who_each_lose_a_little_are_under_it() -> None:
    lates = [[None if (number + 7 * who) % 200 == 0 else 0.1 for number in range(600)] for who in range(30)]
    (own,) = lateness(by_many(lates, 7), None).facts
    assert (own.share, own.verdict, own.worst) == (0.005, "under the limit", ())


@pytest.mark.parametrize(("early", "verdict"), [(2.0, "under the limit"), (30.0, "undecided")])
def test_events_from_the_future_hide_how_late_they_are(early: float, verdict: str) -> None:
    (own,) = lateness({**followed([0.0] * 600), "early": early}, None).facts
    assert own.verdict == verdict
    (late,) = lateness({**followed([None] * 600), "early": early}, None).facts
    assert late.verdict == "over the limit"


def test_how_connections_ended_is_said_with_it() -> None:
    _, own = seen([None] * 300, ("lost: reset", "lost: reset"))
    assert too_late([own])[OWN].endswith("300 never came; connections ended: lost: reset")


@pytest.mark.parametrize("lates", [[], [0.05] * 30], ids=["nothing was due", "too few"])
def test_too_little_is_undecided(lates: list[float | None]) -> None:
    found, own = seen(lates)
    with pytest.raises(TooLittleData, match="own events"):
        found.confirm_decided([own])


def test_what_came_before_the_load_says_nothing() -> None:
    _, own = seen([*[9.0] * 50, *[0.05] * 500], loaded=load(started="1970-01-01T00:16:45+00:00"))
    assert (own.verdict, own.deliveries) == ("under the limit", 500)


@pytest.mark.parametrize(
    ("loaded", "says"),
    [
        (load(ledger=Ledger(100, 50, 50, 50, 0, 0)), "of the load was delivered"),
        (load(ended=Ended.WORKERS_LOST), "the load ended workers lost"),
    ],
    ids=["half of it", "worker lost"],
)
def test_without_its_load_a_quick_stream_is_undecided(loaded: LoadResult, says: str) -> None:
    found, own = seen([0.05] * 550, loaded=loaded)
    with pytest.raises(TooLittleData, match=says):
        found.confirm_decided([own])


def test_what_kept_the_load_from_being_made_is_the_streams_reason_too() -> None:
    error = {"error": "Unreachable", "system": "load", "message": "refused", "hint": ""}
    with pytest.raises(Unreachable, match="load: refused"):
        StreamLateness(TARGET, Window(1000.0, 1060.0, {"stream": followed([]), "api": error}))


def test_marked_events_are_counted_apart_and_must_be_in_time_too() -> None:
    found = lateness(followed([0.05] * 550), marked([0.05] * 540))
    own, marks = found.facts
    found.confirm_decided([own, marks])
    assert (own.events, own.deliveries, marks.events, marks.deliveries) == (OWN, 550, MARKED, 540)
    assert (found.marked.state, found.marked.made, found.marked.removed) == ("made", 540, 540)
    assert {each.events for each in found.facts} == found.expected
    assert too_late([own, marks]) == {}


@pytest.mark.parametrize("late", [6.0, None], ids=["late", "lost"])
def test_many_good_events_of_the_platform_do_not_hide_marked_ones_that_fail(late: float | None) -> None:
    found = lateness(followed([0.05] * 5000), marked([0.05, 0.05, 0.05, 0.05, late] * 110))
    found.confirm_decided(found.facts)
    assert list(too_late(found.facts)) == [MARKED]
    assert too_late(found.facts)[MARKED].startswith("over the limit: 20.00% at or over the limit")


def test_without_the_level_the_platforms_own_are_enough_and_the_evidence_says_so() -> None:
    found, _ = seen([0.05] * 550)
    assert found.expected == {OWN}
    assert found.marked.state == "the target does not grant canary: the platform's own events only"


def test_too_few_marked_events_leave_the_item_undecided() -> None:
    found = lateness(followed([0.05] * 550), marked([0.05] * 30))
    with pytest.raises(TooLittleData, match="undecided: marked events"):
        found.confirm_decided(found.facts)


@pytest.mark.parametrize(("late", "raises"), [(0.05, True), (6.0, False)], ids=["own in time", "own late"])
def test_what_kept_marked_events_from_being_made_is_told_unless_the_platforms_own_fail(
    late: float, *, raises: bool
) -> None:
    error = {"error": "CredentialsRefused", "system": "kafka", "message": "may not write", "hint": ""}
    found = lateness(followed([late] * 550), error)
    assert found.marked.state == "kafka: may not write"
    with pytest.raises(CredentialsRefused, match="may not write") if raises else nullcontext():
        found.confirm_decided(found.facts)


def test_records_that_are_left_are_said_to_be() -> None:
    found = lateness(followed([0.05] * 550), marked([0.05] * 540, "prices: TopicAuthorizationFailedError"))
    with pytest.raises(ResidueLeft, match="could not be removed from prices: TopicAuth"):
        found.marked.confirm_removed()
