"""T+30 minutes: forward curves retrievable."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.functional


@pytest.mark.item("functional.forward_curves")
def test_every_hub_has_its_forward_curve(curves, identity, gateway, target, release, evidence):
    """Every declared hub MUST have a curve of the newest settlement, month after month, with the store's prices.

    Hint: SELECT max(as_of), count() FROM the curves' table for the hub; the job that publishes settlements.
    """
    found = curves.all(identity.log_in("miso").token)
    evidence.add(*found)
    gateway.confirm_release(found, release.tag)
    hubs = target.api.curves.hubs
    assert {curve.hub: curve.status for curve in found} == dict.fromkeys(hubs, 200)
    assert {curve.hub: curve.as_of for curve in found if curve.as_of not in curve.as_of_may_be} == {}
    assert {curve.hub: curve.wrong_months for curve in found} == dict.fromkeys(hubs, ())
    assert {curve.hub: curve.wrong_prices for curve in found} == dict.fromkeys(hubs, ())
    assert {curve.hub: curve.unlike_store for curve in found} == {hub: {} for hub in hubs}
