"""T-7 days: log aggregation configured."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("monitoring.logs")
def test_a_request_is_found_in_the_logs(log_trace, target, release, evidence):
    """A request with an id of its own MUST be found in the log store, from every service that it crossed, in time.

    Hint: is the shipper up on that service's node, and does the service log the id in the field that the target names?
    """
    trace = log_trace.follow(release.tag)
    evidence.add(trace)
    assert trace.status < 400, f"the request itself was answered {trace.status}"
    assert target.logs.trace.crosses - trace.found.keys() == frozenset(), f"not found within {trace.limit:g} s"
