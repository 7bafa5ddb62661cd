"""T-7 days: MFA enabled for all admin accounts."""

from __future__ import annotations

import pytest

from golive.facts.admins import lacking, never_asked
from golive.facts.password_alone import LET_IN

pytestmark = pytest.mark.t7d


@pytest.mark.item("security.admin_mfa")
def test_no_admin_gets_in_by_a_password_alone(admins, evidence):
    """Every admin of the realm and of master MUST have a second factor, and a password alone MUST open no way in.

    Hint: the user's credentials and role mapping in Keycloak's console; authentication flows and clients' overrides;
    admin-cli's direct access grant, which asks for no security key.
    """
    found = admins.found()
    evidence.add(*found)
    assert {realm.realm: realm.throw_away_is_one for realm in found} == dict.fromkeys(admins.federated, True)
    assert {realm.realm: realm.everybody for realm in found if realm.everybody} == {}
    assert lacking(found) == {}
    assert {realm.realm: dict(realm.demands) for realm in found} == admins.federated

    tried = admins.try_password_alone()
    evidence.add(*tried)
    assert [way for way in tried if way.state.startswith(LET_IN)] == []
    assert never_asked(found, tried) == {}
    admins.confirm_everybody_is_asked(tried)

    ages = {account.client_id: account.key_days for realm in found for account in realm.service_accounts}
    admins.confirm_ages(found)
    assert {client_id: days for client_id, days in ages.items() if days > admins.max_key_days} == {}
