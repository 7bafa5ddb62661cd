"""T+30 minutes: scenario execution works."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.functional


@pytest.mark.item("functional.scenario")
def test_a_scenario_comes_to_its_known_answer(scenarios, identity, gateway, target, release, evidence):
    """A scenario with a known answer MUST come to it in time, and one that makes no sense MUST be refused in words.

    Hint: the job's own state and error; the jobs service's log; the stored curve that it began from.
    """
    token = identity.log_in("miso").token
    ran = scenarios.known_answer(token)
    evidence.add(ran)
    gateway.confirm_release([ran], release.tag)
    assert (ran.state, ran.months) == (target.scenario.done, ran.expected_months)
    scenarios.sweep(token)  # only now: where no job can be made, that is the finding
    assert (ran.unlike, ran.value_change) == ({}, "as expected")
    assert ran.expected_months > 0

    refused = scenarios.refused(token)
    evidence.add(*refused)
    assert {each.change: each.answered for each in refused} == {each.change: each.expected for each in refused}
