"""Kafka as the platform uses it: options by which its clients give a mute broker up within seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golive_lab.platform.config import Kafka

if TYPE_CHECKING:
    from kafka import KafkaConsumer, KafkaProducer

ANSWER_SECONDS = 2.0
_ANSWER_MS = int(ANSWER_SECONDS * 1000)


def producer(settings: Kafka, service: str) -> KafkaProducer:
    """A producer whose records are acknowledged or lost within three seconds, in order. Raises KafkaError."""
    from kafka import KafkaProducer

    return KafkaProducer(
        **_options(settings, service),
        acks="all",
        enable_idempotence=False,
        max_in_flight_requests_per_connection=1,
        max_block_ms=_ANSWER_MS,
        delivery_timeout_ms=_ANSWER_MS + 1000,
        linger_ms=0,
    )


def consumer(settings: Kafka, service: str, group: str) -> KafkaConsumer:
    """A member of the group on all of the platform's topics, which commits only when told. Raises KafkaError."""
    from kafka import KafkaConsumer

    return KafkaConsumer(
        *settings.topics.values(),
        **_options(settings, service),
        group_id=group,
        enable_auto_commit=False,
        # A static member takes its own place again after a kill, without waiting for the session to run out.
        group_instance_id=f"{service}-1",
        session_timeout_ms=10_000,
        heartbeat_interval_ms=1000,
        auto_offset_reset="earliest",
        max_poll_records=5000,
        fetch_max_wait_ms=200,
    )


def follower(settings: Kafka, service: str) -> KafkaConsumer:
    """A reader of its own, in no group, which takes what it is assigned. Raises KafkaError."""
    from kafka import KafkaConsumer

    return KafkaConsumer(
        **_options(settings, service),
        group_id=None,
        enable_auto_commit=False,
        max_poll_records=5000,
        fetch_max_wait_ms=100,
    )


def _options(settings: Kafka, service: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": settings.bootstrap,
        "client_id": service,
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(settings.ca_file),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.login.username,
        "sasl_plain_password": settings.login.password,
        "bootstrap_timeout_ms": _ANSWER_MS,
        "request_timeout_ms": _ANSWER_MS,
        "reconnect_backoff_ms": 50,
        "reconnect_backoff_max_ms": 500,
        "metadata_max_age_ms": 30_000,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
