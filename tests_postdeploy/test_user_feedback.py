"""T+24 hours: user feedback positive."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.postdeploy


@pytest.mark.item("postdeploy.user_feedback")
def test_user_feedback_is_positive(attestations, evidence):
    """The product owner MUST have stated, for this release, that the users' feedback is positive.

    Hint: read the survey and the tickets since go-live; then golive attest postdeploy.user_feedback.
    """
    stated = attestations.of("postdeploy.user_feedback", by="product_owner")
    evidence.add(stated)
    assert stated.holds, f"{stated.name} states that it does not hold: {stated.statement}"
