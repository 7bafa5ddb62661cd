"""T-2 hours: rollback plan reviewed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.preflight


@pytest.mark.item("preflight.rollback_plan_reviewed")
def test_the_rollback_plan_is_reviewed_as_it_stands(attestations, evidence):
    """The engineering lead MUST have reviewed the rollback plan for this release, unchanged since.

    Hint: read the plan as it is now, then golive attest preflight.rollback_plan_reviewed --evidence PLAN.
    """
    review = attestations.of_field("preflight.rollback_plan_reviewed", by="engineering_lead", field="rollback_plan")
    evidence.add(review)
    assert review.holds, f"{review.name} states that the plan does not do: {review.statement}"
