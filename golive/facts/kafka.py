"""Kafka: the cluster's partitions, a record's way through, and the progress of the platform's own flows."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from golive.clients.kafka import KafkaClient, Session
from golive.clients.kafka_handshake import SYSTEM
from golive.errors import CredentialsRefused, ResidueLeft
from golive.facts.kafka_flows import FlowProgress, Start, follow, start
from golive.facts.kafka_residue import HEADER, remove_prefix
from golive.residue import RunId
from golive.target import Target
from golive.waiting import Deadline

if TYPE_CHECKING:
    from kafka import KafkaConsumer

_NOT_AUTHORIZED = 29


@dataclass(frozen=True)
class KafkaHealth:
    """The partitions of every topic that the suite may see. Partitions are named ``topic-number``."""

    brokers: int
    fenced_brokers: tuple[str, ...]
    """Registered with the cluster, and not taking part: down, or gone and never unregistered.

    Clusters that do not know version 2 of DescribeCluster list none: what is down shows there by its replicas alone.
    """
    topics: int
    missing_topics: tuple[str, ...]
    offline: tuple[str, ...]
    """Without a leader, or with a replica on a broken disk."""
    under_replicated: tuple[str, ...]
    unreachable_brokers: dict[str, str]
    """Brokers that the cluster lists and that cannot be logged in to from here, with the reason."""


@dataclass(frozen=True)
class Echo:
    """One record's way through the suite's own topic. ``sent`` and ``received`` are hashes of key and value."""

    state: str
    """``came back``, or how far it came."""
    topic: str
    partition: int
    offset: int
    sent: str
    received: str
    elapsed_ms: int
    removed: int
    """Records of the suite removed afterwards, this one included unless another run's record stands before it."""


class Kafka:
    """The cluster, asked anew for each fact."""

    def __init__(self, target: Target, run: RunId) -> None:
        self.settings, self.limits = target.kafka, target.limits
        self._client, self._run = KafkaClient(target), run
        self._begun: Start | None = None

    def health(self) -> KafkaHealth:
        """Brokers, missing topics, and the partitions that are not as they should be."""
        return self._client.run("describing topics", self._health)

    def round_trip(self) -> Echo:
        """Produce one record, wait for every replica in sync, consume it, remove it.

        Raises ResidueLeft where it came back and could then not be removed.
        """
        echo = self._client.run(
            "a record's round trip", self._round_trip, seconds=self.settings.round_trip_seconds + self.limits.operation
        )
        if echo.state != "came back":
            self._client.greet()  # A cluster that is gone or mute by now has not refused the record.
        return echo

    def progress(self) -> tuple[FlowProgress, ...]:
        """How each declared flow moves on within its cadence, all watched at the same time.

        The watch began when ``health`` was asked, where that is the latest thing that was asked of the flows.
        """
        longest = max(flow.cadence for flow in self.settings.flows)
        return self._client.run(
            "watching the flows",
            self._progress,
            seconds=longest + self.limits.operation,
        )

    def sweep(self) -> list[str]:
        """Remove the records at the head of the suite's topic whose runs are expired or dead; names of what went."""
        return self._client.run(
            "sweeping the suite's topic",
            lambda session: remove_prefix(session, self.settings.suite_topic, RunId.may_be_removed),
        )

    def _progress(self, session: Session) -> tuple[FlowProgress, ...]:
        begun, self._begun = self._begun, None
        shortest = min(flow.cadence for flow in self.settings.flows)
        if begun is None or time.monotonic() - begun.at >= shortest:
            # A watch older than a cadence would let a flow pass that is late, or has died since.
            begun = start(session, self.settings.flows)
        return follow(session, self.settings.flows, begun)

    def _health(self, session: Session) -> KafkaHealth:
        self._begun = start(session, self.settings.flows)
        needed = {*self.settings.topics, self.settings.suite_topic, *(flow.topic for flow in self.settings.flows)}
        described = session.ask(lambda admin: admin.describe_topics())
        topics = {topic["name"]: topic for topic in described if not topic["error_code"]}
        missing = sorted(needed - topics.keys())
        self._check_allowed(session, missing)
        listed = session.ask(lambda admin: admin.describe_cluster())["brokers"]
        brokers = [f"{broker['host']}:{broker['port']}" for broker in listed if not broker.get("is_fenced")]
        fenced = [f"{b['broker_id']} at {b['host']}:{b['port']}" for b in listed if b.get("is_fenced")]
        partitions = [(f"{name}-{p['partition_index']}", p) for name, t in topics.items() for p in t["partitions"]]
        return KafkaHealth(
            len(brokers),
            tuple(sorted(fenced)),
            len(topics),
            tuple(missing),
            tuple(sorted(name for name, p in partitions if p["leader_id"] < 0 or p.get("offline_replicas"))),
            tuple(sorted(name for name, p in partitions if len(p["isr_nodes"]) < len(p["replica_nodes"]))),
            self._client.unreachable(brokers),
        )

    def _check_allowed(self, session: Session, missing: list[str]) -> None:
        """A topic that the suite may not see is not missing."""
        if not missing:
            return
        described = session.ask(lambda admin: admin.describe_topics(missing))
        hidden = [topic["name"] for topic in described if topic["error_code"] == _NOT_AUTHORIZED]
        if hidden:
            raise CredentialsRefused(
                SYSTEM,
                f"{self.settings.username} may not see {', '.join(sorted(hidden))}",
                hint="grant it Describe on the topics that the target declares",
            )

    def _round_trip(self, session: Session) -> Echo:
        began = time.monotonic()
        deadline = Deadline(SYSTEM, "a record's round trip", self.settings.round_trip_seconds)
        topic, key = self.settings.suite_topic, f"{self._run.prefix}/{secrets.token_hex(8)}".encode()
        value = secrets.token_bytes(64)
        state, partition, offset, received = "came back", -1, -1, ""
        try:
            session.state = "connected, the record is not acknowledged yet"
            partition, offset = self._produce(session, deadline, topic, key, value)
            session.state = "the record is acknowledged and not consumed yet"
            received = self._consume(session.consumer(), deadline, topic, partition, offset)
            state = state if received else f"acknowledged, not seen again within {deadline.seconds:g} s"
        except _Refused as refused:
            state = f"not acknowledged: {refused}"
        finally:
            elapsed = round((time.monotonic() - began) * 1000)
            removed = self._remove(session, f"{topic}-{partition}@{offset}", must=bool(received))
        return Echo(state, topic, partition, offset, _hash(key, value), received, elapsed, removed)

    def _produce(self, session: Session, deadline: Deadline, topic: str, key: bytes, value: bytes) -> tuple[int, int]:
        from kafka import errors

        headers = [(HEADER, str(self._run).encode())]
        try:
            sent = session.producer().send(topic, value=value, key=key, headers=headers)
            written = sent.get(timeout=max(deadline.remaining, 0.1))
        except (errors.AuthorizationError, errors.KafkaConnectionError):
            raise
        except (errors.BrokerResponseError, errors.KafkaTimeoutError) as error:
            # What the cluster said, or its silence; an error of the library's own says nothing of the cluster.
            raise _Refused(f"{type(error).__name__}") from error
        return written.partition, written.offset

    def _consume(self, consumer: KafkaConsumer, deadline: Deadline, topic: str, partition: int, offset: int) -> str:
        from kafka import TopicPartition

        place = TopicPartition(topic, partition)
        consumer.assign([place])
        consumer.seek(place, offset)
        while deadline.remaining > 0:
            for record in consumer.poll(timeout_ms=min(500, int(deadline.remaining * 1000) + 1)).get(place, ()):
                if record.offset == offset:
                    return _hash(record.key, record.value)
        return ""

    def _remove(self, session: Session, name: str, *, must: bool) -> int:
        def ours(owner: RunId) -> bool:
            return owner == self._run or owner.may_be_removed()

        if not must:
            # The way itself is broken, and says why; what is left is removed by the next sweep.
            with suppress(Exception):
                remove_prefix(session, self.settings.suite_topic, ours)
            return 0
        try:
            return len(remove_prefix(session, self.settings.suite_topic, ours))
        except Exception as error:
            raise ResidueLeft(f"kafka: record {name} could not be removed: {type(error).__name__}: {error}") from error


class _Refused(Exception):
    """The cluster did not take the record."""


def _hash(key: bytes | None, value: bytes | None) -> str:
    return hashlib.sha256((key or b"") + b"\0" + (value or b"")).hexdigest()[:16]


def states(flows: Iterable[FlowProgress]) -> dict[str, str]:
    """Each flow and how it moves."""
    return {flow.flow: flow.state for flow in flows}
