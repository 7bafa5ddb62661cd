"""A realm's settings: what counts as loose, and what a target may excuse."""

from __future__ import annotations

from typing import Any

import pytest

from golive.facts.realm import RealmClient, RealmSettings, client_of, lifespan, lockout, policies, too_long, unexcused
from golive.target.keycloak import Keycloak

EXPECTED = Keycloak.model_validate(
    {
        "auditor": {"client_id": "auditor", "client_secret": {"env": "X"}},
        "password_policy": {"length": 12, "notUsername": "present"},
        "max_lifespans": {"accessTokenLifespan": 300, "ssoSessionMaxLifespan": 36_000},
        "exceptions": [{"client_id": "account", "may": "wildcard redirect", "reason": "Keycloak's own page"}],
    }
)


def settings(**changes: Any) -> RealmSettings:
    usual: dict[str, Any] = {
        "realm": "r", "issuer": "https://x", "ssl_required": "all", "registration_allowed": False,
        "brute_force_protected": True, "login_failures": 5, "lockout_seconds": 60, "password_policy": {},
        "lifespans": {"accessTokenLifespan": 300, "ssoSessionMaxLifespan": 36_000},
        "events": frozenset(), "admin_events": True,
    }  # fmt: skip
    return RealmSettings(**{**usual, **changes})


def client(client_id: str, **changes: Any) -> RealmClient:
    told = {"clientId": client_id, "standardFlowEnabled": True, "redirectUris": ["https://a.test/back"], **changes}
    return client_of(told)


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("length(12) and notUsername(undefined)", {}),
        ("length(14) and notUsername and digits(1)", {}),
        ("length(11) and notUsername(undefined)", {"length": "11"}),
        ("maxLength(64) and length(12)", {"notUsername": "absent"}),
        ("", {"length": "absent", "notUsername": "absent"}),
    ],
)
def test_a_password_policy_is_at_least_what_is_asked(text: str, gaps: dict[str, str]) -> None:
    assert settings(password_policy=policies(text)).policy_gaps(EXPECTED.password_policy) == gaps


def test_no_limit_is_too_long_and_a_clients_own_counts() -> None:
    assert too_long(settings(), [], EXPECTED.max_lifespans) == {}
    endless = settings(lifespans={"accessTokenLifespan": 300, "ssoSessionMaxLifespan": 0})
    assert too_long(endless, [], EXPECTED.max_lifespans) == {"ssoSessionMaxLifespan": 0}
    own = [
        client("day", attributes={"access.token.lifespan": "86400"}),
        client("endless", attributes={"access.token.lifespan": "-1"}),
        client("shorter", attributes={"access.token.lifespan": "2"}),
        client("realm's", attributes={"access.token.lifespan": ""}),
    ]
    found = too_long(settings(), own, EXPECTED.max_lifespans)
    assert found == {"access.token.lifespan of day": 86_400, "access.token.lifespan of endless": -1}


def test_only_a_declared_reason_excuses_and_only_what_it_names() -> None:
    loose = [
        client("account", redirectUris=["/realms/r/account/*"]),
        client("web", redirectUris=["https://a.test/*"]),
        client("old", implicitFlowEnabled=True, directAccessGrantsEnabled=True),
        client("machine", standardFlowEnabled=False, redirectUris=["*"]),
        client("strict"),
    ]
    assert unexcused(loose, EXPECTED) == {
        "web": ("wildcard redirect",),
        "old": ("implicit grant", "password grant"),
    }
    more = [client("account", redirectUris=["/x/*"], implicitFlowEnabled=True)]
    assert unexcused(more, EXPECTED) == {"account": ("implicit grant",)}


@pytest.mark.parametrize(
    ("realm", "seconds"),
    [
        ({"waitIncrementSeconds": 60, "maxFailureWaitSeconds": 900}, 60),
        ({"waitIncrementSeconds": 0, "maxFailureWaitSeconds": 900}, 0),
        ({"waitIncrementSeconds": 60, "maxFailureWaitSeconds": 0}, 0),
        ({"waitIncrementSeconds": 0, "permanentLockout": True}, None),
        ({"waitIncrementSeconds": 0, "permanentLockout": True, "maxTemporaryLockouts": 3}, 0),
        ({}, 0),
    ],
)
def test_an_account_is_locked_for_a_while_or_for_good(realm: dict[str, Any], seconds: int | None) -> None:
    assert lockout(realm) == seconds
    gaps = settings(lockout_seconds=seconds).lockout_gaps(60)
    assert gaps == ({"lockout_seconds": 0} if seconds == 0 else {})


@pytest.mark.parametrize(
    ("realm", "seconds"),
    [
        ({"ssoSessionMaxLifespan": 60, "ssoSessionMaxLifespanRememberMe": 900}, 60),
        ({"ssoSessionMaxLifespan": 60, "ssoSessionMaxLifespanRememberMe": 900, "rememberMe": True}, 900),
        ({"ssoSessionMaxLifespan": 60, "ssoSessionMaxLifespanRememberMe": 0, "rememberMe": True}, 60),
        ({"ssoSessionMaxLifespan": 0, "ssoSessionMaxLifespanRememberMe": 9, "rememberMe": True}, 0),
    ],
)
def test_a_session_lasts_as_long_as_that_of_whoever_is_remembered(realm: dict[str, Any], seconds: int) -> None:
    assert lifespan(realm, "ssoSessionMaxLifespan") == seconds


def test_a_limit_of_offline_sessions_that_is_off_is_none() -> None:
    realm = {"offlineSessionMaxLifespan": 60}
    assert lifespan(realm, "offlineSessionMaxLifespan") == 0
    assert lifespan({**realm, "offlineSessionMaxLifespanEnabled": True}, "offlineSessionMaxLifespan") == 60
