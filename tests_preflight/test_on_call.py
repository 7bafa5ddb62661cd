"""T-48 hours: on-call rotation established."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("documentation.on_call")
def test_somebody_is_on_call_at_every_hour(rotation, target, evidence):
    """Every level of the escalation policy MUST have somebody on call, without a gap, for the target's days from now.

    Hint: the schedules of the policy in PagerDuty; a gap is often a layer that ended, or a holiday nobody took over.
    """
    cover = rotation.cover()
    evidence.add(*cover)
    assert len(cover) >= target.pagerduty.levels, "the policy has fewer levels than the target asks for"
    assert {each.level: each.uncovered for each in cover} == {each.level: () for each in cover}
