"""What a target's stream calls things, and what the item does without a description of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from golive.clients.kafka_topic import TopicRecord
from golive.clients.streams import Message
from golive.errors import NotDescribed
from golive.facts.stream_events import Dialect
from golive.facts.streaming import Stream
from golive.target import Target
from golive.target.functional import Stream as Settings
from golive.target.load import read

TARGETS = Path(__file__).parents[2] / "targets"
NOON = "2026-11-24T12:00:00.000+00:00"
AT_NOON = 1795521600.0


def target(name: str) -> Target:
    return read(TARGETS / f"{name}.toml").target


def settings(name: str) -> Settings:
    found = target(name).stream
    assert found is not None
    return found


def websocket(number: int, **event: Any) -> Message:
    content = {"partition": 0, "offset": number, "event_time": NOON, "price": 30.5, **event}
    return Message("", json.dumps({"id": f"0:{number}", "event": content}), AT_NOON + 1)


def test_a_websockets_events_stand_in_their_message_with_the_id_beside_them() -> None:
    dialect = Dialect(settings("lab"))
    messages = [websocket(1), websocket(2)]
    events = dialect.events(messages, 0)
    assert [(event.place, event.made, event.at) for event in events] == [
        ((0, 1), AT_NOON, AT_NOON + 1),
        ((0, 2), AT_NOON, AT_NOON + 1),
    ]
    assert dialect.last_id(messages) == "0:2"


def test_server_sent_events_are_the_event_and_have_an_id_of_their_own() -> None:
    dialect = Dialect(settings("variant"))
    text = json.dumps({"partition": 1, "position": 7, "stamped": NOON, "lmp": 30.5, "id": "no"})
    (event,) = dialect.events([Message("1:7", text, AT_NOON)], 0)
    assert (event.place, event.fields["lmp"]) == ((1, 7), 30.5)
    assert dialect.last_id([Message("1:7", text, AT_NOON), Message("", "{}", AT_NOON)]) == "1:7"
    assert dialect.names == {"node": "node", "lmp": "price", "number": "sequence", "stamped": "event_time"}


@pytest.mark.parametrize("text", ["", "ping", "[]", '{"id": 1}', '{"event": 3}', '{"event": {"partition": 0}}'])
def test_signs_of_life_are_no_events(text: str) -> None:
    assert Dialect(settings("lab")).events([Message("", text, 0.0)], 0) == ()


@pytest.mark.parametrize("place", [{"offset": True}, {"offset": "7"}, {"partition": None}, {"partition": 0.5}])
def test_a_place_is_two_whole_numbers(place: dict[str, Any]) -> None:
    assert Dialect(settings("lab")).events([websocket(1, **place)], 0) == ()


def test_times_are_by_this_hosts_clock_and_what_says_none_has_none() -> None:
    dialect = Dialect(settings("lab"))
    (ahead,) = dialect.events([websocket(1)], 40.0)
    (without,) = dialect.events([websocket(1, event_time="noon")], 40.0)
    assert (ahead.made, without.made) == (AT_NOON - 40, None)
    records = dialect.records([TopicRecord(0, 1, json.dumps({"event_time": NOON}).encode()), TopicRecord(0, 2, b"x")])
    assert dialect.made(records, 40.0) == {(0, 1): AT_NOON - 40}


@pytest.mark.parametrize(("table", "words"), [("stream", r"no table \[stream\]"), ("api", r"no table \[api\]")])
def test_without_its_description_the_item_cannot_be_established(table: str, words: str) -> None:
    stream = Stream(target("lab").model_copy(update={table: None}))
    with pytest.raises(NotDescribed, match=words):
        stream.listen(SecretStr("miso"), SecretStr("caiso"))
