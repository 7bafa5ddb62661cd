"""T-2 hours: team on standby (Slack/Zoom)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.preflight


@pytest.mark.item("preflight.team_on_standby")
def test_somebody_of_every_role_is_there(standby, attestations, target, evidence):
    """Every declared role MUST be held for the next hours, and each who holds it MUST have answered the roll-call.

    Hint: take the roll in the deployment's channel, write down who answered; golive attest preflight.team_on_standby.
    """
    duties = standby.on_duty()
    evidence.add(*duties)
    assert {each.role: each.uncovered for each in duties} == dict.fromkeys(target.pagerduty.standby.roles, ())
    roll_call = attestations.of_field("preflight.team_on_standby", by="operations_manager", field="roll_call")
    evidence.add(roll_call)
    assert roll_call.holds, f"{roll_call.name} states that the team is not there: {roll_call.statement}"
    present = standby.present(duties, roll_call)
    evidence.add(*present)
    assert {each.role: each.silent for each in present} == dict.fromkeys(target.pagerduty.standby.roles, ())
