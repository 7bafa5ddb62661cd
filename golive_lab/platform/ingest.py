"""The ingest: stores every record of the price topics in ClickHouse, as a consumer group, and publishes what is due.

Run as ``python -m golive_lab.platform.ingest --config FILE``. Offsets are committed after the insert: a record may
be stored twice after a failure, and none is lost.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from golive_lab.platform import broker
from golive_lab.platform.config import IngestSettings, from_command_line
from golive_lab.platform.faults import Faults
from golive_lab.platform.publication import Publisher
from golive_lab.platform.warehouse import Warehouse, WarehouseUnavailable
from golive_lab.platform.web import Dependencies, application, serve
from golive_lab.platform.worker import FIRST_BACKOFF, LAST_BACKOFF, Worker

if TYPE_CHECKING:
    from kafka import KafkaConsumer, TopicPartition
    from kafka.structs import OffsetAndMetadata

POLL_MS = 300
QUIET_SECONDS = 1.0
"""After so long without a record the broker itself is asked whether it is there."""
CLOSE_MS = 1000

log = logging.getLogger(__name__)


class Ingest:
    """Reads, stores, commits."""

    def __init__(
        self, settings: IngestSettings, faults: Faults, dependencies: Dependencies, warehouse: Warehouse
    ) -> None:
        self._settings, self._faults, self._dependencies = settings, faults, dependencies
        self._warehouse = warehouse
        self._heard = 0.0
        self.worker = Worker("ingest", self._work, lambda error: dependencies.note("kafka", up=False, why=error))

    def _work(self, stop: threading.Event) -> None:
        consumer = broker.consumer(self._settings.kafka, self._settings.web.service, self._settings.group)
        try:
            while not stop.is_set():
                self._faults.begin_round()
                if "stops_consuming" in self._faults:
                    stop.wait(POLL_MS / 1000)
                else:
                    self._round(consumer, stop)
        finally:
            consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    def _round(self, consumer: KafkaConsumer, stop: threading.Event) -> None:
        """One poll and what follows from it. Raises KafkaError when the broker does not answer."""
        polled = consumer.poll(timeout_ms=POLL_MS)
        rows = list(_rows(record.value for records in polled.values() for record in records))
        if rows:
            self._store(rows, stop)
        if polled and not stop.is_set():
            self._commit(consumer, polled)
            self._broker_answered()
        elif consumer.assignment() and time.monotonic() - self._heard > QUIET_SECONDS:
            consumer.end_offsets(consumer.assignment(), timeout_ms=int(broker.ANSWER_SECONDS * 1000))
            self._broker_answered()

    def _commit(self, consumer: KafkaConsumer, polled: Mapping[TopicPartition, list[Any]]) -> None:
        if "stops_committing" in self._faults:
            return
        offsets = None
        if "neglects_a_partition" in self._faults:
            offsets = {place: _after(records[-1]) for place, records in polled.items() if place.partition == 0}
        if offsets != {}:
            consumer.commit(offsets, timeout_ms=int(broker.ANSWER_SECONDS * 1000))

    def _store(self, rows: list[dict[str, object]], stop: threading.Event) -> None:
        """Insert; again and again while ClickHouse does not take it, since these rows come from nowhere else."""
        backoff = FIRST_BACKOFF
        while not stop.is_set():
            try:
                self._warehouse.insert("price", rows)
            except WarehouseUnavailable:  # noted among the dependencies
                stop.wait(backoff)
                backoff = min(2 * backoff, LAST_BACKOFF)
            else:
                return

    def _broker_answered(self) -> None:
        self._heard = time.monotonic()
        self._dependencies.note("kafka", up=True)
        self.worker.succeeded()


def _after(record: Any) -> OffsetAndMetadata:
    from kafka.structs import OffsetAndMetadata

    return OffsetAndMetadata(record.offset + 1, "", -1)


def _rows(values: Iterable[bytes]) -> Iterable[dict[str, object]]:
    """The records as rows; one that is no price record is logged and left out, or it would stop all after it."""
    for value in values:
        try:
            yield _row(json.loads(value))
        except (ValueError, KeyError, TypeError) as error:
            log.warning("left out a record that is no price: %s", type(error).__name__)


def _row(record: dict[str, Any]) -> dict[str, object]:
    return {
        "market": str(record["market"]),
        "node": str(record["node"]),
        "interval_start": _utc(record["interval_start"], "seconds"),
        "price": float(record["price"]),
        "event_time": _utc(record["event_time"], "milliseconds"),
        "sequence": int(record["sequence"]),
    }


def _utc(moment: str, precision: str) -> str:
    """An ISO 8601 time as ClickHouse takes it in a column whose zone is UTC."""
    utc = datetime.datetime.fromisoformat(moment).astimezone(datetime.UTC).replace(tzinfo=None)
    return utc.isoformat(" ", precision)


def main() -> None:
    """Run the ingest until SIGTERM."""
    settings = from_command_line(IngestSettings)
    web = settings.web
    faults, dependencies = Faults(web.faults_file, web.service), Dependencies("kafka", "clickhouse")
    warehouse = Warehouse(settings.clickhouse, web.service, dependencies)
    ingest, publisher = Ingest(settings, faults, dependencies, warehouse), Publisher(warehouse)

    @contextlib.asynccontextmanager
    async def both(app: Starlette) -> AsyncIterator[None]:
        async with ingest.worker.lifespan(app), publisher.worker.lifespan(app):
            yield

    serve(application(web, faults, dependencies, [], both), web)


if __name__ == "__main__":
    main()
