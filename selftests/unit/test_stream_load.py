"""Which deliveries were due on the stream under load, and how late each was: ground truth by construction."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golive.clients.http import Answer
from golive.clients.streams import CUT, Heard, Message
from golive.facts.stream_events import Dialect
from golive.facts.stream_load import Deliveries, deliveries
from golive.target.load import read

BEGAN, SECONDS, LIMIT, PACE = 1_795_521_600.0, 40.0, 5.0, 0.1
TARGET = read(Path(__file__).parents[2] / "targets" / "lab.toml").target
DELAY = 0.25
"""Seconds from record to subscriber."""


def dialect() -> Dialect:
    assert TARGET.stream is not None
    return Dialect(TARGET.stream)


def message(number: int, made: float, at: float) -> Message:
    when = datetime.fromtimestamp(made, UTC).isoformat()
    event = {"partition": 0, "offset": number, "event_time": when, "price": 30.5}
    return Message("", json.dumps({"id": f"0:{number}", "event": event}), at)


def heard(messages: list[Message], end: str = CUT, seconds: float = SECONDS) -> Heard:
    return Heard(
        Answer(101, {}, b"", 0.01, ""), BEGAN, BEGAN, BEGAN + seconds, is_stream=True, messages=tuple(messages), end=end
    )


def measured(*, lost_every: int = 0, twice_every: int = 0, skew: float = 0.0, delay: float = DELAY) -> Deliveries:
    """A platform whose clock is ``skew`` seconds ahead, and whose stream loses and repeats regularly."""
    made = {(0, n): BEGAN + n * PACE for n in range(int(SECONDS / PACE))}
    messages = []
    for (_, number), at in made.items():
        if lost_every and number % lost_every == 0:
            continue
        times = 2 if twice_every and number % twice_every == 0 else 1
        messages += [message(number, at + skew, at + delay)] * times
    return deliveries(made, (heard(messages),), dialect(), skew, BEGAN + SECONDS - LIMIT)


def over(found: Deliveries) -> float:
    return sum(each.late > LIMIT for each in found.due) / len(found.due)


@pytest.mark.parametrize("skew", [-10.0, 0.0, 10.0])
def test_a_good_stream_has_nothing_over_whatever_its_clock_says(skew: float) -> None:
    found = measured(skew=skew)
    assert len(found.due) == 329  # from 2 s after the opening until 5 s before the end, ten a second
    assert over(found) == 0
    assert [round(each.late, 3) for each in found.due] == [DELAY] * len(found.due)


@pytest.mark.parametrize("skew", [-10.0, 0.0, 10.0])
def test_only_what_was_lost_counts_and_repeats_do_not(skew: float) -> None:
    found = measured(lost_every=16, twice_every=7, skew=skew)
    print(f"true share lost 6.25 %, measured {over(found):.2%}; {found.repeated} repeated")
    assert over(found) == pytest.approx(1 / 16, abs=0.005)
    assert {each.late for each in found.due if each.late > LIMIT} == {math.inf}
    assert found.repeated > 0


def test_what_comes_late_is_as_late_as_it_was() -> None:
    assert {round(each.late, 3) for each in measured(delay=5.2).due} == {5.2}


def test_what_comes_before_it_was_made_is_said_and_each_delivery_knows_whose_it_is() -> None:
    found = measured(delay=-3.0)
    assert (found.early, found.due[0].late) == (3.0, 0.0)
    assert {(each.subscriber, each.source) for each in found.due} == {(1, "partition 0")}
    assert Deliveries.from_json(json.loads(json.dumps(found.to_json())), BEGAN) == found


def test_who_was_sent_away_lost_the_rest() -> None:
    made = {(0, n): BEGAN + n * PACE for n in range(int(SECONDS / PACE))}
    messages = [message(n, at, at + DELAY) for (_, n), at in made.items()]
    stayed, left = heard(messages), heard(messages[:100], "closed by the server", 10)
    found = deliveries(made, (stayed, left), dialect(), 0.0, BEGAN + SECONDS - LIMIT)
    assert found.sent_away == ("closed by the server",)
    assert sum(each.late == math.inf for each in found.due) == 250  # what was made from 10 s to 35 s


def test_all_of_them_sent_away_lost_what_came_until_the_planned_end() -> None:
    made = {(0, n): BEGAN + n * PACE for n in range(int(SECONDS / PACE))}
    messages = [message(n, at, at + DELAY) for (_, n), at in made.items()]
    left = heard(messages[:100], "closed by the server", 10)
    found = deliveries(made, (left, left), dialect(), 0.0, BEGAN + SECONDS - LIMIT)
    assert sum(each.late == math.inf for each in found.due) == 500
