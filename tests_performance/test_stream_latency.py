"""T+1 hour: stream latency below 5 s (p95)."""

from __future__ import annotations

import pytest

from golive.facts.stream_latency import too_late

pytestmark = pytest.mark.performance


@pytest.mark.item("performance.stream_latency")
def test_events_reach_their_subscribers_in_time_under_load(stream_latency, evidence):
    """Of the topic's records, and of marked ones, 95 % MUST reach every subscriber within the limit under load.

    Hint: lost ones first: the gateway's consumer lag and its queues for slow subscribers; then the topic's producer.
    """
    found = stream_latency.facts
    evidence.add(stream_latency.marked, *found)
    stream_latency.marked.confirm_removed()
    stream_latency.confirm_decided(found)
    assert too_late(found) == {}
    assert {each.events for each in found if each.deliveries} == stream_latency.expected
