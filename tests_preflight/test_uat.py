"""T-48 hours: UAT sign-off received from pilot users."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t48h


@pytest.mark.item("testing.uat")
def test_every_pilot_user_accepts_this_release(attestations, target, evidence):
    """Every pilot user that the target lists MUST have stated, with their own key, that they accept this release.

    Hint: the pilot users who are missing state it with golive attest testing.uat.
    """
    statements = attestations.of_every_pilot_user("testing.uat")
    evidence.add(*statements)
    assert {stated.name for stated in statements if stated.holds} == target.evidence.pilot_users
