"""Rollback: new deployment scheduled."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.rollback


@pytest.mark.item("rollback.rescheduled")
def test_the_fix_has_a_date(rolled_back, changes, attestations, evidence):
    """A new change MUST be approved for the fix, still to come, and the engineering lead MUST state that plan.

    Hint: rollback.change of the target names the new change record; then golive attest rollback.rescheduled.
    """
    change = changes.again()
    evidence.add(change)
    assert change.wanting == ()

    stated = attestations.of("rollback.rescheduled", by="engineering_lead", since=rolled_back.at)
    evidence.add(stated)
    assert stated.holds, f"{stated.name} states that it does not hold: {stated.statement}"
