"""T+24 hours: support team briefed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.postdeploy


@pytest.mark.item("postdeploy.support_briefed")
def test_support_is_briefed(attestations, evidence):
    """The operations manager MUST have stated, for this release, that the support team was briefed.

    Hint: brief the support team; then golive attest postdeploy.support_briefed.
    """
    stated = attestations.of("postdeploy.support_briefed", by="operations_manager")
    evidence.add(stated)
    assert stated.holds, f"{stated.name} states that it does not hold: {stated.statement}"
