"""What a target's stream calls things: its messages as events, the topic's records as what they must equal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from golive.clients.kafka_topic import TopicRecord
from golive.clients.streams import Message
from golive.facts.arrivals import Event, Place
from golive.facts.rows import at, moment
from golive.target.functional import Stream


class Dialect:
    """Reads messages and records as the target's [stream] describes them."""

    def __init__(self, settings: Stream) -> None:
        self._settings = settings

    @property
    def names(self) -> dict[str, str]:
        """What the topic's record calls each field that must be equal; the event's time is always one of them."""
        settings = self._settings
        return {name: settings.record.get(name, name) for name in {*settings.compare, settings.event_time}}

    def events(self, messages: Iterable[Message], ahead: float) -> tuple[Event, ...]:
        """The events in these messages; others, such as signs of life, are none.

        ``ahead``: seconds by which the gateway's clock, by which events are timed, is ahead of this host's.
        """
        found = []
        for message in messages:
            content = self._event(message)
            partition, offset = content.get(self._settings.partition), content.get(self._settings.offset)
            if _whole(partition) and _whole(offset):
                made = _time(content.get(self._settings.event_time))
                found.append(Event(partition, offset, message.at, None if made is None else made - ahead, content))
        return tuple(found)

    def last_id(self, messages: Iterable[Message]) -> str:
        """The id to resume from after these messages; empty where none has one."""
        ids = (self._id(message) for message in messages)
        return next((found for found in reversed(list(ids)) if found), "")

    def records(self, records: Iterable[TopicRecord]) -> dict[Place, Mapping[str, Any]]:
        """The content of each record that is a JSON object, by its place."""
        contents = {(record.partition, record.offset): _json(record.value) for record in records}
        return {place: content for place, content in contents.items() if isinstance(content, dict)}

    def made(self, records: Mapping[Place, Mapping[str, Any]], ahead: float) -> dict[Place, float]:
        """When each record that says so was made, in Unix time by this host's clock."""
        name = self.names[self._settings.event_time]
        times = {place: _time(content.get(name)) for place, content in records.items()}
        return {place: made - ahead for place, made in times.items() if made is not None}

    def instruments(self, records: Mapping[Place, Mapping[str, Any]]) -> dict[Place, str]:
        """Each record's instrument, where the target says which field names it and the record has it."""
        name = self._settings.instrument
        return {place: str(content[name]) for place, content in records.items() if name and name in content}

    def _event(self, message: Message) -> dict[str, Any]:
        content = _json(message.text)
        found = at(content, self._settings.event) if self._settings.event else content
        return found if isinstance(found, dict) else {}

    def _id(self, message: Message) -> str:
        if self._settings.kind == "sse":
            return message.id
        found = at(_json(message.text), self._settings.id)
        return "" if found is None or isinstance(found, dict | list) else str(found)


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _time(value: Any) -> float | None:
    found = moment(value) if isinstance(value, str) else None
    return found.timestamp() if found is not None else None


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
