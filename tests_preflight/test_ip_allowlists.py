"""T-7 days: IP allowlists configured."""

from __future__ import annotations

import pytest

from golive.facts.allowlist import states, written

pytestmark = pytest.mark.t7d


@pytest.mark.item("security.ip_allowlists")
def test_only_declared_networks_are_let_in(allowlist, evidence):
    """The list MUST hold the declared networks alone and refuse everybody else, at the origin too, whatever they claim.

    Hint: show acl in HAProxy's runtime API; which address the edge takes for the caller's; what may reach the origin.
    """
    configured, vantages = allowlist.configured(), allowlist.vantages()
    evidence.add(configured, *vantages)
    assert configured.networks == written(allowlist.expected.cidrs)
    assert configured.opens == ()

    inside, outside = allowlist.from_inside(), allowlist.from_outside()
    evidence.add(*inside, *outside)
    assert states(inside) == dict.fromkeys(states(inside), "passes")
    assert states(outside) == dict.fromkeys(states(outside), "refused")
    assert {call.vantage for call in (*inside, *outside)} == {each.vantage for each in vantages}
