"""The feeder: writes prices of every market to Kafka, from its start on and at an even pace.

Run as ``python -m golive_lab.platform.feeder --config FILE``. The prices are made up; their shape is real.
"""

from __future__ import annotations

import datetime
import itertools
import json
import math
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from golive_lab.platform import broker
from golive_lab.platform.config import FeederSettings, from_command_line
from golive_lab.platform.failing_feeds import FailingFeeds
from golive_lab.platform.faults import Faults
from golive_lab.platform.web import Dependencies, application, serve
from golive_lab.platform.worker import Worker

if TYPE_CHECKING:
    from kafka import KafkaProducer

NODES = {
    "MISO": ("INDIANA.HUB", "MICHIGAN.HUB", "MINN.HUB"),
    "CAISO": ("TH_NP15_GEN-APND", "TH_SP15_GEN-APND", "TH_ZP26_GEN-APND"),
}
"""Priced nodes of each market, as ``pg.instrument`` has them."""
INTERVAL = 300
"""Seconds that one price holds for: the real-time markets settle in five minutes."""
FEED_SECONDS = 4.0
"""Within this time all records of one feed must be acknowledged."""


class Feeder:
    """Feeds every market once an interval; the sequence counts a market's records without gaps within one run."""

    def __init__(self, settings: FeederSettings, faults: Faults, dependencies: Dependencies) -> None:
        self._settings, self._faults, self._dependencies = settings, faults, dependencies
        # Here, and not above: other services import this module, and none of them publishes.
        from golive_lab.platform.published import PUBLISHED

        self._published = PUBLISHED
        # Beginning at the time in milliseconds, it never falls back after a restart.
        begin = time.time_ns() // 1_000_000
        self._failing = FailingFeeds()
        self._sequences = {market: itertools.count(begin) for market in settings.kafka.topics}
        self.worker = Worker("feeder", self._work, lambda error: dependencies.note("kafka", up=False, why=error))

    def _work(self, stop: threading.Event) -> None:
        producer = broker.producer(self._settings.kafka, self._settings.web.service)
        try:
            due = time.monotonic()
            while not stop.wait(max(0.0, due - time.monotonic())):
                due = max(due + self._settings.interval, time.monotonic())
                self._faults.begin_round()
                if "stops_producing" not in self._faults:
                    self._feed(producer)
                self._failing.round(often="feeds_fail_more_often" in self._faults)
        finally:
            producer.close(timeout=0)

    def _feed(self, producer: KafkaProducer) -> None:
        """One feed of every market. Raises KafkaError when the broker does not acknowledge it in time."""
        futures = [
            producer.send(topic, record, partition=partition)
            for market, topic in self._settings.kafka.topics.items()
            for partition, record in self._records(market, len(producer.partitions_for(topic)))
        ]
        deadline = time.monotonic() + FEED_SECONDS
        for future in futures:
            future.get(timeout=max(0.0, deadline - time.monotonic()))
        self._published.inc(len(futures))
        self._dependencies.note("kafka", up=True)
        self.worker.succeeded()

    def _records(self, market: str, partitions: int) -> Iterator[tuple[int, bytes]]:
        """One record for every node, and at least one into every partition."""
        nodes, now = NODES[market], time.time()
        for place in range(max(len(nodes), partitions)):
            sequence = next(self._sequences[market])
            record = price_record(market, nodes[place % len(nodes)], now, sequence)
            yield place % partitions, json.dumps(record).encode()


def price_record(market: str, node: str, now: float, sequence: int) -> dict[str, Any]:
    """A price for the five minutes that ``now`` (Unix time) falls into: higher by day than by night, as real ones."""
    hour = now % 86_400 / 3600
    level = {"MISO": 32.0, "CAISO": 45.0}[market] + 3 * NODES[market].index(node)
    price = level + 12 * math.sin((hour - 8) / 24 * 2 * math.pi) + math.sin(now / 7)
    return {
        "market": market,
        "node": node,
        "interval_start": _utc(now - now % INTERVAL),
        "price": round(price, 2),
        "event_time": _utc(now),
        "sequence": sequence,
    }


def _utc(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat(timespec="milliseconds")


def main() -> None:
    """Run the feeder until SIGTERM."""
    settings = from_command_line(FeederSettings)
    web = settings.web
    faults, dependencies = Faults(web.faults_file, web.service), Dependencies("kafka")
    feeder = Feeder(settings, faults, dependencies)
    serve(application(web, faults, dependencies, [], feeder.worker.lifespan), web)


if __name__ == "__main__":
    main()
