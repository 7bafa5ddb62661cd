"""T-7 days: Keycloak realm configured with production settings."""

from __future__ import annotations

import pytest

from golive.facts.realm import too_long, unexcused

pytestmark = pytest.mark.t7d


@pytest.mark.item("security.keycloak_realm")
def test_the_realm_has_production_settings(realm, target, evidence):
    """The realm MUST be as strict as the target declares, and no client may do what it has no declared reason to.

    Hint: the realm's settings in Keycloak's console: login, security defenses, sessions, tokens, events; its clients.
    """
    settings, clients, expected = realm.settings(), realm.clients(), realm.expected
    evidence.add(settings, *clients)
    assert settings.ssl_required in expected.ssl_required
    assert not settings.registration_allowed
    assert settings.brute_force_protected
    assert 0 < settings.login_failures <= expected.max_login_failures
    assert settings.lockout_gaps(expected.min_lockout) == {}
    assert settings.policy_gaps(expected.password_policy) == {}
    assert too_long(settings, clients, expected.max_lifespans) == {}
    assert settings.events >= expected.events
    assert settings.admin_events
    assert settings.issuer == target.identity.issuer
    assert settings.issuer.startswith("https://")

    assert {client.client_id for client in clients} >= target.identity.personas.client_ids()
    assert unexcused(clients, expected) == {}
