"""T+1 hour: no error spikes in logs."""

from __future__ import annotations

import pytest

from golive.facts.log_errors import unusual

pytestmark = pytest.mark.performance


@pytest.mark.item("performance.log_errors")
def test_logs_hold_no_more_errors_than_usual(log_errors, target, evidence):
    """Every service MUST log errors at no higher rate than in the baseline, and none of a kind that the baseline lacks.

    Hint: the new messages first; then what the services whose rate rose depend on, by their own logs.
    """
    services, patterns = log_errors.services, log_errors.patterns
    evidence.add(log_errors.baseline, *services, *patterns)
    log_errors.confirm_decided(services, patterns)
    assert {service.service for service in services} == target.logs.services
    assert unusual(services, patterns) == {}
