"""T+24 hours: users notified of go-live."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.postdeploy


@pytest.mark.item("postdeploy.users_notified")
def test_users_are_notified(attestations, evidence):
    """The product owner MUST have stated, for this release, that users were told of the go-live.

    Hint: send the announcement; then golive attest postdeploy.users_notified.
    """
    stated = attestations.of("postdeploy.users_notified", by="product_owner")
    evidence.add(stated)
    assert stated.holds, f"{stated.name} states that it does not hold: {stated.statement}"
