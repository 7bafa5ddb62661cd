"""T-7 days: persistent volumes created with appropriate storage class."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("infrastructure.volumes")
def test_every_claim_is_bound_and_outlives_what_uses_it(volumes, evidence):
    """Every claim MUST be bound, in the declared class, which can grow; data MUST have room and outlive its claim.

    Hint: kubectl describe pvc for its events; kubectl get pv for the reclaim policy, which is the volume's own.
    """
    storage_class, claims = volumes.storage_class, volumes.claims
    evidence.add(storage_class, *claims)
    assert (storage_class.name, storage_class.expandable) == (storage_class.name, True)
    assert {each.claim: each.lacking for each in claims if each.lacking} == {}
