"""T+15 minutes: authentication working (Keycloak)."""

from __future__ import annotations

import pytest

from golive.facts.gateway import statuses
from golive.facts.identity import problems
from golive.facts.tokens import FORGERIES

pytestmark = pytest.mark.smoke


@pytest.mark.item("smoke.authentication")
def test_tokens_are_issued_accepted_and_refused(identity, gateway, target, release, evidence):
    """Every persona MUST get a token that holds and the gateway takes; wrong ones MUST be refused.

    Hint: the realm's login events in Keycloak, then the gateway's issuer, audience and key set settings.
    """
    short_lived = identity.short_lived()
    control = gateway.show({"short-lived": short_lived.token})
    evidence.add(short_lived, *control)
    gateway.confirm_release(control, release.tag)
    identity.confirm_in_time(short_lived, statuses(control))
    assert statuses(control) == {"short-lived": 200}

    logins = identity.log_in_everyone()
    tokens = {login.persona: login.token for login in logins}
    answers = gateway.show(tokens)
    evidence.add(*logins, *answers)
    assert problems(logins) == dict.fromkeys(target.identity.personas.by_name(), ())
    gateway.confirm_release(answers, release.tag)
    assert statuses(answers) == dict.fromkeys(target.identity.personas.by_name(), 200)

    wrong_password = identity.try_wrong_password()
    forged = gateway.show({"untouched": tokens["miso"], **identity.forged(tokens["miso"])})
    expired = gateway.show_until_refused("expired", **short_lived.end)
    evidence.add(wrong_password, *forged, *expired)
    assert wrong_password.state == "refused"
    gateway.confirm_release((*forged, *expired), release.tag)
    assert statuses(forged) == {"untouched": 200, **dict.fromkeys(FORGERIES, 401)}
    assert statuses(expired) == {"expired": 401}
