"""T+15 minutes: Kafka producing and consuming."""

from __future__ import annotations

import pytest

from golive.facts.kafka import states

pytestmark = pytest.mark.smoke


@pytest.mark.item("smoke.kafka")
def test_kafka_produces_and_consumes(kafka, target, evidence):
    """A message produced now MUST come back, on a cluster in sync whose own flows advance without lag.

    Hint: kafka-topics --describe --under-replicated-partitions; kafka-consumer-groups --describe --group GROUP;
    kafka-cluster unregister for a fenced broker that is gone for good.
    """
    health = kafka.health()
    evidence.add(health)
    assert health.missing_topics == ()
    assert (health.offline, health.under_replicated) == ((), ())
    assert (health.fenced_brokers, health.unreachable_brokers) == ((), {})

    echo = kafka.round_trip()
    evidence.add(echo)
    assert (echo.state, echo.received) == ("came back", echo.sent)

    progress = kafka.progress()
    evidence.add(*progress)
    assert states(progress) == {f"{flow.topic} -> {flow.group}": "advancing" for flow in target.kafka.flows}
    assert [flow for flow in progress if flow.lag > flow.max_lag] == []
