"""Kafka as a target has it: where, as whom, and which of its streams must flow how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from golive.target.base import NonEmpty, Seconds, Section
from golive.target.secrets import SecretReference


class KafkaFlow(Section):
    """One of the platform's own streams: a topic, the consumer group that follows it, and what is normal."""

    topic: NonEmpty
    group: NonEmpty
    cadence: Seconds
    """Within this time the topic's end offsets and the group's commits must both have advanced."""
    max_lag: Annotated[int, Field(ge=0)]
    """Records, summed over the topic's partitions."""


class Kafka(Section):
    """Kafka, reached with SASL as the suite's own principal."""

    bootstrap: Annotated[tuple[NonEmpty, ...], Field(min_length=1)]
    tls: bool = True
    mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] = "SCRAM-SHA-512"
    username: NonEmpty
    password: SecretReference
    suite_topic: NonEmpty
    """Declared beforehand for the suite alone; nobody else reads it."""
    topics: Annotated[frozenset[str], Field(min_length=1)]
    """Topics that the platform needs."""
    flows: Annotated[tuple[KafkaFlow, ...], Field(min_length=1)]
    round_trip_seconds: Seconds = 5
