"""Bad worlds of Kafka."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from golive_lab import kafka_admin
from golive_lab.control import LabHandle
from golive_lab.kafka_admin import ADMIN, SUITE
from golive_lab.platform.feeder import price_record
from golive_lab.services.kafka import SECOND_NODE
from golive_lab.worlds.platform import misbehaving
from golive_lab.worlds.registry import world

BACKLOG = 400
"""Records; twice the lag that the lab's target allows."""
_SPARE_TOPIC = "world-replicated"


def _owner(lab: LabHandle) -> Any:
    overlay = lab.overlay()
    return kafka_admin.connect(overlay["kafka"]["bootstrap"][0], lab.secret("kafka-admin"), overlay["ca_file"])


@world
@contextmanager
def kafka_topic_missing(lab: LabHandle) -> Iterator[None]:
    """A declared topic is not there."""
    topic = lab.status()["names"]["suite_topic"]
    with _owner(lab) as owner:
        kafka_admin.delete_topic(owner, topic)
        try:
            yield
        finally:
            kafka_admin.create_topic(owner, topic)


@world
@contextmanager
def kafka_under_replicated(lab: LabHandle) -> Iterator[None]:
    """A topic has two replicas, and one of its brokers is down."""
    with _second_broker_lost(lab, kafka_admin.create_replicated_topic, leader=True, in_sync=1):
        yield


@world
@contextmanager
def kafka_partition_offline(lab: LabHandle) -> Iterator[None]:
    """A topic lives on one broker, and that broker is down."""
    with _second_broker_lost(lab, partial(kafka_admin.create_topic, broker=2), leader=False, in_sync=0):
        yield


@world
@contextmanager
def kafka_broker_down(lab: LabHandle) -> Iterator[None]:
    """A broker that holds nothing yet is down."""
    lab.start("kafka_second")
    with ExitStack() as undo:
        undo.callback(_forget_second_broker, lab)
        lab.kill("kafka_second")
        _await_one_broker(lab)
        yield


@contextmanager
def _second_broker_lost(
    lab: LabHandle, create: Callable[[Any, str], None], *, leader: bool, in_sync: int
) -> Iterator[None]:
    """A second broker joins, a topic is made on it, and it goes; returns once the cluster has noticed."""
    lab.start("kafka_second")
    with ExitStack() as undo:
        undo.callback(_forget_second_broker, lab)
        undo.callback(_remove_spare_topic, lab)
        undo.callback(lab.kill, "kafka_second")
        with _owner(lab) as owner:
            create(owner, _SPARE_TOPIC)
            kafka_admin.allow_describe(owner, SUITE, _SPARE_TOPIC)
        lab.kill("kafka_second")
        _await_replicas(lab, leader=leader, in_sync=in_sync)
        yield


def _await_replicas(lab: LabHandle, *, leader: bool, in_sync: int) -> None:
    with _owner(lab) as owner:
        kafka_admin.wait_for_replicas(owner, _SPARE_TOPIC, leader=leader, in_sync=in_sync)


def _await_one_broker(lab: LabHandle) -> None:
    with _owner(lab) as owner:
        kafka_admin.wait_for_brokers(owner, 1)


def _remove_spare_topic(lab: LabHandle) -> None:
    # A client of its own: one that has known the second broker would go on asking it.
    with _owner(lab) as owner:
        kafka_admin.wait_for_brokers(owner, 1)
        kafka_admin.delete_topic(owner, _SPARE_TOPIC)


def _forget_second_broker(lab: LabHandle) -> None:
    with _owner(lab) as owner:
        kafka_admin.unregister_broker(owner, SECOND_NODE)


@world
@contextmanager
def kafka_backlog(lab: LabHandle) -> Iterator[None]:
    """One partition has a backlog over the limit, while all others flow."""
    overlay, topic = lab.overlay(), lab.status()["names"]["topic_miso"]
    with misbehaving(lab, "ingest", "neglects_a_partition"):
        _produce(overlay, lab.secret("kafka-admin"), topic)
        yield


def _produce(overlay: dict[str, Any], password: str, topic: str) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(
        bootstrap_servers=overlay["kafka"]["bootstrap"],
        security_protocol="SASL_SSL",
        ssl_cafile=overlay["ca_file"],
        sasl_mechanism="PLAIN",
        sasl_plain_username=ADMIN,
        sasl_plain_password=password,
    )
    try:
        now = time.time()
        for number in range(BACKLOG):
            # Counted from nothing: with a sequence beyond the feeder's they would stay the latest prices for ever.
            record = price_record("MISO", "INDIANA.HUB", now, number)
            producer.send(topic, json.dumps(record).encode(), partition=1)
        producer.flush(timeout=10)
    finally:
        producer.close(timeout=1)


@world
@contextmanager
def kafka_password_changed(lab: LabHandle) -> Iterator[None]:
    """The suite's principal has another password than the target's reference holds."""
    with _owner(lab) as owner:
        kafka_admin.set_password(owner, SUITE, "another-Password-1")
        try:
            yield
        finally:
            kafka_admin.set_password(owner, SUITE, lab.secret(f"kafka-{SUITE}"))


@world
@contextmanager
def kafka_lets_nobody_remove_marked_records(lab: LabHandle) -> Iterator[None]:
    """The suite may write the synthetic instrument's records and may not delete them; they are deleted afterwards."""
    with _without_right(lab, "DELETE"):
        yield


@world
@contextmanager
def kafka_refuses_marked_records(lab: LabHandle) -> Iterator[None]:
    """The suite may not write to the synthetic instrument's topic."""
    with _without_right(lab, "WRITE"):
        yield


@contextmanager
def _without_right(lab: LabHandle, operation: str) -> Iterator[None]:
    topic = lab.status()["names"]["topic_synthetic"]
    with _owner(lab) as owner:
        try:
            with kafka_admin.without(owner, (SUITE, "topic", topic, operation)):
                yield
        finally:
            kafka_admin.empty_topic(owner, topic)
