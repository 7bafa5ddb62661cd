"""Rollback: fix identified and tested."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.rollback


@pytest.mark.item("rollback.fix_tested")
def test_the_fix_is_identified_and_tested(rolled_back, fixes, attestations, target, evidence):
    """A signed record MUST show that the fix passed its tests, and the engineering lead MUST state that it is the fix.

    Hint: test rollback.fix of the target on staging, enter that record there; then golive attest rollback.fix_tested.
    """
    tested = fixes.tested()
    evidence.add(tested)
    assert tested.release != rolled_back.release, "the release that was rolled back is no fix"
    assert tested.outcomes == dict.fromkeys(target.rollback.tested.items, "PASS")

    stated = attestations.of("rollback.fix_tested", by="engineering_lead", since=rolled_back.at)
    evidence.add(stated)
    assert stated.holds, f"{stated.name} states that it does not hold: {stated.statement}"
