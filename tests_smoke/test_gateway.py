"""T+15 minutes: API gateway accessible."""

from __future__ import annotations

import pytest

from golive.facts.gateway import Ask, statuses

pytestmark = pytest.mark.smoke


@pytest.mark.item("smoke.gateway")
def test_gateway_lets_in_those_with_a_token(gateway, identity, target, release, evidence):
    """The gateway MUST answer over its public URL, to those with a token only, and know its own routes.

    Hint: kubectl logs of the gateway; a 5xx is often a service behind it, an open route a missing policy.
    """
    token = identity.log_in("miso").token
    answers = gateway.ask(
        {
            "with token": Ask(target.gateway.entitled, token),
            "without token": Ask(target.gateway.entitled),
            "unknown route": Ask(target.gateway.unknown, token),
        }
    )
    evidence.add(*answers)
    gateway.confirm_release(answers, release.tag)
    assert statuses(answers) == {"with token": 200, "without token": 401, "unknown route": 404}
