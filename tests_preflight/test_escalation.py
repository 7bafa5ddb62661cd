"""T-48 hours: escalation procedures documented."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("documentation.escalation")
def test_escalation_reaches_somebody_at_every_level(rotation, attestations, target, evidence):
    """Each level of the policy MUST have somebody on call who is told in time, and the procedure MUST be attested.

    Hint: PagerDuty's notification rules of who is on call; golive attest documentation.escalation --evidence FILE.
    """
    reach = rotation.reach()
    evidence.add(*reach)
    assert len(reach) >= target.pagerduty.levels, "the policy has fewer levels than the target asks for"
    assert [each.level for each in reach if not each.reached] == [], "levels at which nobody is told in time"
    procedure = attestations.of_field("documentation.escalation", by="product_owner", field="escalation")
    evidence.add(procedure)
    assert procedure.holds, f"{procedure.name} states that the procedure does not do: {procedure.statement}"
