"""Records that the suite itself makes of the target's synthetic instrument, and takes away again.

Each bears the run in key and header, as all that the suite writes to Kafka does, the time at which it was made and
its number; everything else is what the target says of the instrument.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from golive.clients.kafka import KafkaClient, Session
from golive.facts.arrivals import Place
from golive.facts.kafka_residue import HEADER, remove_prefix
from golive.facts.stream_load import ITEM
from golive.residue import RunId
from golive.target import Target
from golive.target.needed import required
from golive.target.performance import Synthetic

SWEEP_SECONDS = 60.0
"""A dead run's records are read one by one before they are removed."""


class Marks:
    """Marked records of one run, from the first to the last. Their times are Unix times by this host's clock."""

    def __init__(self, session: Session, settings: Synthetic, time_field: str, run: RunId) -> None:
        self._producer, self._settings, self._time_field, self._run = session.producer(), settings, time_field, run
        self._stop = threading.Event()
        self._sent: list[tuple[float, Any]] = []

    @contextmanager
    def coming(self, partitions: tuple[int, ...]) -> Iterator[None]:
        """While the block runs one is made each 1 / rate seconds, in each partition in turn.

        Raises at its end, where the block itself raised nothing, what kept them from being made.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="marked records") as thread:
            making: Future[None] = thread.submit(self._make, partitions)
            try:
                yield
            finally:
                self._stop.set()
        making.result()

    def acknowledged(self, seconds: float) -> dict[Place, float]:
        """When each was made, by its place in the topic, once every replica in sync has all of them.

        Raises kafka's error where one was refused, or is not there within so many seconds.
        """
        until = time.monotonic() + seconds
        made: dict[Place, float] = {}
        for at, sending in self._sent:
            written = sending.get(timeout=max(until - time.monotonic(), 0.01))
            made[written.partition, written.offset] = at
        return made

    def _make(self, partitions: tuple[int, ...]) -> None:
        began, number = time.monotonic(), 0
        while not self._stop.wait(max(0.0, began + number / self._settings.rate - time.monotonic())):
            self._send(number, partitions[number % len(partitions)])
            number += 1

    def _send(self, number: int, partition: int) -> None:
        at = time.time()
        when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        record = {**self._settings.record, self._time_field: when, self._settings.sequence: number}
        sending = self._producer.send(
            self._settings.topic,
            json.dumps(record).encode(),
            key=f"{self._run.prefix}/{number}".encode(),
            headers=[(HEADER, str(self._run).encode())],
            partition=partition,
        )
        self._sent.append((at, sending))


class MarkedRecords:
    """The synthetic instrument's topic, as far as the suite's own records are concerned."""

    def __init__(self, target: Target, run: RunId) -> None:
        self._client, self._run = KafkaClient(target), run
        stream_load = required(target.stream_load, "stream_load", ITEM)
        self._topic = required(stream_load.synthetic, "stream_load.synthetic", ITEM).topic

    def remove(self, session: Session) -> int:
        """Remove this run's records, and what dead runs left; how many. Raises kafka's errors.

        They end at another run's that is alive: what stands behind those goes with a later run, or ``golive clean``.
        """
        return len(remove_prefix(session, self._topic, lambda run: run == self._run or run.may_be_removed()))

    def sweep(self) -> list[str]:
        """Remove what expired or dead runs left; the records' names."""
        return self._client.run(
            "sweeping the synthetic instrument's topic",
            lambda session: remove_prefix(session, self._topic, RunId.may_be_removed),
            seconds=SWEEP_SECONDS,
        )
