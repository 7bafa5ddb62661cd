"""T+30 minutes: CAISO API access blocked (403)."""

from __future__ import annotations

import pytest

from golive.facts.gateway import statuses

pytestmark = pytest.mark.functional


@pytest.mark.item("functional.caiso_blocked")
def test_caiso_customers_are_refused_on_every_route(api, entitlement, identity, gateway, target, release, evidence):
    """A CAISO customer MUST be refused by the entitlement on every route of the API, however it is written.

    Hint: the route and variant in the message, with a CAISO token; the gateway's rule for it; the entitlement's rows.
    """
    caiso, miso = identity.log_in("caiso").token, identity.log_in("miso").token
    document = api.document(miso)
    hub = entitlement.hub(caiso)
    evidence.add(*hub)
    gateway.confirm_release(hub, release.tag)
    assert statuses(hub) == dict.fromkeys(target.api.hub_routes, 200)

    walk, after = entitlement.walk(document, caiso, miso), entitlement.hub(caiso)
    evidence.add(walk, *after)
    assert statuses(after) == statuses(hub)
    assert (walk.operations, walk.undeclared) == (entitlement.operations(document), ())
    assert walk.open == ()
    entitlement.confirm_tried(walk)
