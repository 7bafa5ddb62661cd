"""The live stream under load: how late each record of the topic reached each subscriber, and which never did."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as dataclass_fields
from typing import Any

from pydantic import SecretStr

from golive.clients.http import Request
from golive.clients.kafka import KafkaClient, Session
from golive.clients.kafka_topic import Topic
from golive.clients.secret import bearer
from golive.clients.streams import CUT, LOOK_SECONDS, Heard, Patience, StreamClient
from golive.errors import ProtocolBroken
from golive.facts.arrivals import Place
from golive.facts.clock import GRAIN, in_words, offset_of
from golive.facts.stream_events import Dialect
from golive.target import Target
from golive.target.needed import required

ITEM = "performance.stream_latency"
SYSTEM = "gateway"


@dataclass(frozen=True)
class Delivery:
    """One record and one subscriber who was there: ``made`` is Unix time, ``late`` seconds (infinite: never came).

    Subscribers are counted from 1. ``source`` names the record's instrument, or its partition where no field does.
    """

    made: float
    late: float
    subscriber: int
    source: str


@dataclass(frozen=True)
class Deliveries:
    """All deliveries that were due. ``clock`` says how the platform's clock compares to this host's.

    ``early``: seconds by which any came before it was made, by the gateway's clock; 0 where none did.
    """

    subscribers: int
    records: int
    due: tuple[Delivery, ...]
    repeated: int
    sent_away: tuple[str, ...]
    """How the server ended each connection that it ended."""
    clock: str
    early: float

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it, which knows no infinity: a lost delivery has no lateness."""
        found = asdict(replace(self, due=()))
        due = [(d.made, d.late if math.isfinite(d.late) else None, d.subscriber, d.source) for d in self.due]
        return {**found, "due": due}

    @classmethod
    def from_json(cls, found: Mapping[str, Any], since: float) -> Deliveries:
        """What ``to_json`` wrote, without the deliveries of records made before ``since``, in Unix time."""
        due = (
            Delivery(made, math.inf if late is None else late, subscriber, source)
            for made, late, subscriber, source in found["due"]
            if made >= since
        )
        fields = {each.name: found[each.name] for each in dataclass_fields(cls)}
        return cls(**{**fields, "due": tuple(due), "sent_away": tuple(found["sent_away"])})


class Subscribers:
    """Several at once on one route, each on a connection of its own."""

    def __init__(self, target: Target) -> None:
        self._client, self._gateway = StreamClient(SYSTEM, target.limits, target.ca_file), target.gateway
        self._stream = required(target.stream, "stream", ITEM)

    def listen(self, route: str, token: SecretStr, patience: Patience, count: int) -> tuple[Heard, ...]:
        """What each heard until the planned end, also where all were sent away before: what they miss is lost too.

        Raises what keeps the route from being reached, ProtocolBroken where one is not let in.
        """
        since = time.monotonic()
        request = Request(self._gateway.url.rstrip("/") + route, headers=bearer(token))
        heard = self._client.listen_together(self._stream.kind, request, patience, count)
        refused = sorted({each.opening.status for each in heard if not each.is_stream})
        if refused:
            raise ProtocolBroken(
                SYSTEM,
                f"{route} opened no stream to a subscriber, it answered {', '.join(map(str, refused))}",
                hint="functional.streaming says whether one subscriber is served; is there a cap on connections?",
            )
        while (left := patience.left(since, 0)) > 0:
            time.sleep(min(left, LOOK_SECONDS))
        return heard


class StreamUnderLoad:
    """Follows the topic and its subscribers for a while."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._subscribers, self._kafka = Subscribers(target), KafkaClient(target)
        self._stream = required(target.stream, "stream", ITEM)
        self._settings = required(target.stream_load, "stream_load", ITEM)

    def follow(self, token: SecretStr, seconds: float, stopped: Callable[[], bool]) -> Deliveries:
        """Subscribe as often as the target says, for that long; then lay what came beside the topic's own records.

        Raises what keeps the stream or its topic from being looked at, ProtocolBroken where one is not let in.
        """
        reserve = seconds + 4 * self._target.limits.operation

        def work(session: Session) -> Deliveries:
            topic = Topic(session, self._stream.topic)
            first = topic.ends()
            patience = Patience(seconds, seconds, stopped=stopped)
            heard = self._subscribers.listen(self._stream.route, token, patience, self._settings.subscribers)
            until = time.time() - self._settings.limit
            ahead = offset_of(heard[0].opening.headers.get("date", ""), heard[0].asked, heard[0].opened)
            dialect = Dialect(self._stream)
            records = dialect.records(topic.read(first, topic.ends()))
            made = dialect.made(records, ahead or 0.0)
            return deliveries(made, heard, dialect, ahead, until, dialect.instruments(records))

        return self._kafka.run("following the stream's topic under load", work, seconds=reserve)


def deliveries(
    made: Mapping[Place, float],
    heard: tuple[Heard, ...],
    dialect: Dialect,
    ahead: float | None,
    until: float,
    instruments: Mapping[Place, str] | None = None,
) -> Deliveries:
    """What was due to each subscriber, and when it came.

    Due is what was made after the subscriber was surely there and before ``until`` (Unix time), early enough to have
    come in time before the end: nothing is said of younger records. A subscriber whom the server sent away has lost
    all that came later. Pure.
    """
    due: list[Delivery] = []
    repeated, early, named = 0, 0.0, instruments or {}
    for number, each in enumerate(heard, start=1):
        came: dict[Place, float] = {}
        for event in dialect.events(each.messages, ahead or 0.0):
            repeated += event.place in came
            came.setdefault(event.place, event.at)
        since = each.opened + GRAIN
        for place, when in made.items():
            if since < when < until:
                late = came[place] - when if place in came else math.inf
                early = max(early, -late)
                source = named.get(place, f"partition {place[0]}")
                due.append(Delivery(when, max(0.0, late), number, source))
    sent_away = tuple(each.end for each in heard if each.end != CUT)
    ordered = tuple(sorted(due, key=lambda delivery: delivery.made))
    return Deliveries(len(heard), len(made), ordered, repeated, sent_away, in_words(ahead), round(early, 3))
