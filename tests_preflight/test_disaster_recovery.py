"""T-48 hours: disaster recovery tested."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("testing.disaster_recovery")
def test_disaster_recovery_was_exercised_within_limits(attestations, evidence):
    """The operations manager MUST have stated an exercise that counts still, with RTO and RPO within the limits.

    Hint: what the exercise took stands in its report; golive attest testing.disaster_recovery --measured rto_minutes=…
    """
    exercise = attestations.exercise("testing.disaster_recovery", by="operations_manager")
    evidence.add(exercise)
    assert exercise.stated.holds, "the exercise is stated to have failed"
    assert exercise.rto_minutes <= exercise.rto_limit, "service was back too late"
    assert exercise.rpo_minutes <= exercise.rpo_limit, "more was lost than may be"
