"""T-48 hours: rollback plan documented and tested."""

from __future__ import annotations

import pytest

from golive.facts.rollback_plan import way_back

pytestmark = pytest.mark.t48h


@pytest.mark.item("application.rollback_plan")
def test_the_way_back_was_gone_before(history, rehearsals, attestations, release, evidence):
    """There MUST be a revision to go back to, a signed rehearsal of just that, and an approved plan, unchanged since.

    Hint: golive rehearse rollback on staging; then golive attest application.rollback_plan --evidence PLAN.
    """
    back = way_back(history.application.revisions, release.tag)
    rehearsed = rehearsals.newest(release.tag)
    evidence.add(back, rehearsed)
    assert rehearsed.wrong == {}
    assert rehearsed.earlier_release == back.tag, "the rehearsal went back to another release"

    plan = attestations.of_field("application.rollback_plan", by="engineering_lead", field="rollback_plan")
    evidence.add(plan)
    assert plan.holds, f"{plan.name} states that the plan does not do: {plan.statement}"
