"""T+1 hour: memory and CPU within normal ranges."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.performance


@pytest.mark.item("performance.resources")
def test_every_service_stays_within_its_resources(resources, evidence):
    """Every service MUST stay below its CPU and memory, unthrottled, not restarted and not killed, the whole window.

    Hint: kubectl describe pod for the last state, then the service's limits, its heap and what it did at that time.
    """
    use = resources.use
    evidence.add(resources.scraping, *use)
    resources.confirm_seen(use)
    assert {each.service: each.beyond for each in use} == dict.fromkeys(resources.expected, ())
