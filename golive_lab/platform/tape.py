"""What came over Kafka lately, market by market: the live streams read it, and resume from it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golive_lab.platform import broker
from golive_lab.platform.config import Kafka
from golive_lab.platform.web import Dependencies
from golive_lab.platform.worker import Worker

if TYPE_CHECKING:
    from kafka import KafkaConsumer

KEPT = 20_000
"""Records of each market that a subscriber may resume from."""
BACK = 500
"""Records of each partition that are read again at the start."""
POLL_MS = 200
QUIET_SECONDS = 1.0


@dataclass(frozen=True)
class Event:
    """A record and where it stands in its topic."""

    partition: int
    offset: int
    content: Mapping[str, Any]


Position = dict[int, int]
"""The last offset seen, by partition."""


class Tape:
    """The latest events of each market; one thread writes, subscribers on the event loop read."""

    def __init__(self, settings: Kafka, service: str, dependencies: Dependencies) -> None:
        self._settings, self._service, self._dependencies = settings, service, dependencies
        self._events: dict[str, list[Event]] = {market: [] for market in settings.topics}
        self._dropped = dict.fromkeys(settings.topics, 0)
        self._positions: dict[str, Position] = {market: {} for market in settings.topics}
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._heard = 0.0
        self._worker = Worker("tape", self._work, lambda error: dependencies.note("kafka", up=False, why=error))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Follow the topics for as long as the context is open."""
        self._loop = asyncio.get_running_loop()
        async with self._worker.lifespan(None):
            yield

    async def follow(self, market: str, after: Position | None) -> AsyncIterator[Event]:
        """The market's events from now on, or after that position, as far as they are kept; never ends."""
        place = self._end(market)
        if after is not None:
            place = self._dropped[market]
        woken = asyncio.Event()
        self._waiting.add(woken)
        try:
            while True:
                woken.clear()
                place = max(place, self._dropped[market])
                while place < self._end(market):
                    event = self._events[market][place - self._dropped[market]]
                    place += 1
                    if after is None or event.offset > after.get(event.partition, -1):
                        yield event
                await woken.wait()
        finally:
            self._waiting.discard(woken)

    def position(self, market: str) -> Position:
        """The last offset of every partition so far: where whoever subscribes now begins."""
        return dict(self._positions[market])

    def _end(self, market: str) -> int:
        return self._dropped[market] + len(self._events[market])

    def _work(self, stop: threading.Event) -> None:
        consumer = broker.follower(self._settings, self._service)
        try:
            markets = {topic: market for market, topic in self._settings.topics.items()}
            self._begin(consumer, markets)
            while not stop.is_set():
                self._round(consumer, markets)
        finally:
            consumer.close(autocommit=False, timeout_ms=1000)

    def _begin(self, consumer: KafkaConsumer, markets: Mapping[str, str]) -> None:
        """Go to where the tape ends; at the very start to some records before the topic's own end.

        Raises LookupError while a topic is not there: it would be followed by nobody.
        """
        from kafka import TopicPartition

        absent = [topic for topic in markets if not consumer.partitions_for_topic(topic)]
        if absent:
            raise LookupError(f"no partitions of {', '.join(absent)} yet")
        places = [
            TopicPartition(topic, number)
            for topic in markets
            for number in sorted(consumer.partitions_for_topic(topic))
        ]
        consumer.assign(places)
        ends = consumer.end_offsets(places)
        begins = consumer.beginning_offsets(places)
        for place in places:
            seen = self._positions[markets[place.topic]].get(place.partition)
            consumer.seek(place, seen + 1 if seen is not None else max(begins[place], ends[place] - BACK))

    def _round(self, consumer: KafkaConsumer, markets: Mapping[str, str]) -> None:
        polled = consumer.poll(timeout_ms=POLL_MS)
        for place, records in polled.items():
            for record in records:
                self._take(markets[place.topic], place.partition, record)
        if polled:
            self._broker_answered()
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._wake)
        elif time.monotonic() - self._heard > QUIET_SECONDS:
            consumer.end_offsets(consumer.assignment())
            self._broker_answered()

    def _take(self, market: str, partition: int, record: Any) -> None:
        self._positions[market][partition] = record.offset
        try:
            content = json.loads(record.value)
        except ValueError:
            return  # no price; the ingest logs it
        events = self._events[market]
        events.append(Event(partition, record.offset, content))
        if len(events) > KEPT:
            # Dropped first counts up: a reader in between looks too far back rather than past the end.
            self._dropped[market] += 1
            del events[0]

    def _broker_answered(self) -> None:
        self._heard = time.monotonic()
        self._dependencies.note("kafka", up=True)
        self._worker.succeeded()

    def _wake(self) -> None:
        for each in self._waiting:
            each.set()
