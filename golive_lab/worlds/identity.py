"""Bad worlds of Keycloak: its realm is changed through the admin API, and changed back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from golive_lab.control import LabHandle
from golive_lab.keycloak_admin import KeycloakAdmin
from golive_lab.keycloak_install import MASTER_ADMIN
from golive_lab.realm import AUDITOR, LAB_ADMIN
from golive_lab.worlds.registry import WORLDS, World, world

_ADMIN_USER = "platform-admin"


REALMS: dict[str, dict[str, Any]] = {
    "realm_ssl_not_required": {"sslRequired": "none"},
    "realm_self_registration": {"registrationAllowed": True},
    "realm_without_brute_force_protection": {"bruteForceProtected": False},
    "realm_many_login_failures": {"failureFactor": 1000},
    "realm_locks_nobody_out": {"waitIncrementSeconds": 0},
    "realm_remembers_for_a_year": {"rememberMe": True, "ssoSessionMaxLifespanRememberMe": 31_536_000},
    "realm_weak_password_policy": {"passwordPolicy": "length(8) and notUsername(undefined)"},
    "realm_without_password_policy": {"passwordPolicy": ""},
    "realm_long_sessions": {"ssoSessionMaxLifespan": 2_592_000},
    "realm_without_events": {"eventsEnabled": False},
    "realm_without_login_events": {"enabledEventTypes": ["LOGOUT", "REGISTER"]},
    "realm_without_admin_events": {"adminEventsEnabled": False},
    "realm_issuer_not_public": {"attributes": {"frontendUrl": "https://keycloak.internal.test:8443"}},
}
"""Fields of the realm's representation, loosened."""
CLIENTS: dict[str, dict[str, Any]] = {
    "realm_wildcard_redirect": {"redirectUris": ["https://hub.example.test/*"]},
    "realm_implicit_grant": {"implicitFlowEnabled": True},
    "realm_password_grant": {"directAccessGrantsEnabled": True},
    "realm_client_with_long_tokens": {"attributes": {"access.token.lifespan": "86400"}},
}
"""Fields of the web client's representation, loosened."""


def realm_of(lab: LabHandle) -> KeycloakAdmin:
    """The platform's realm."""
    overlay = lab.overlay()
    return KeycloakAdmin(
        overlay["identity"]["url"],
        lab.status()["names"]["realm"],
        lab.secret(f"keycloak-client-{LAB_ADMIN}"),
        overlay["ca_file"],
    )


def master_of(lab: LabHandle) -> KeycloakAdmin:
    """Keycloak's own realm."""
    overlay = lab.overlay()
    key = lab.secret(f"keycloak-client-{MASTER_ADMIN}")
    return KeycloakAdmin(overlay["identity"]["url"], "master", key, overlay["ca_file"], MASTER_ADMIN)


@world
@contextmanager
def identity_without_audience(lab: LabHandle) -> Iterator[None]:
    """Tokens of the web client lack the API's audience."""
    with realm_of(lab) as realm, realm.without_audience(lab.status()["names"]["web_client"]):
        yield


@world
@contextmanager
def identity_long_lived_tokens(lab: LabHandle) -> Iterator[None]:
    """Access tokens live for a day."""
    with realm_of(lab) as realm, realm.token_lifespan(86_400):
        yield


@world
@contextmanager
def identity_otp_not_asked(lab: LabHandle) -> Iterator[None]:
    """Nobody is asked for a one-time password."""
    with realm_of(lab) as realm, realm.otp_not_asked():
        yield


@world
@contextmanager
def identity_admin_without_otp(lab: LabHandle) -> Iterator[None]:
    """The operator has no one-time password."""
    seed = lab.secret(f"keycloak-{_ADMIN_USER}-totp")
    with realm_of(lab) as realm, realm.otp_removed(_ADMIN_USER, seed):
        yield


@world
@contextmanager
def identity_persona_disabled(lab: LabHandle) -> Iterator[None]:
    """The MISO persona's account is disabled."""
    with realm_of(lab) as realm, realm.user_with("miso-trader", enabled=False):
        yield


@world
@contextmanager
def identity_auditor_disabled(lab: LabHandle) -> Iterator[None]:
    """The auditor gets no token."""
    with realm_of(lab) as realm, realm.client_with(AUDITOR, enabled=False):
        yield


def _loosened_realm(changes: dict[str, Any]) -> World:
    @contextmanager
    def loosened(lab: LabHandle) -> Iterator[None]:
        with realm_of(lab) as realm, realm.realm_with(**changes):
            yield

    return loosened


def _loosened_client(changes: dict[str, Any]) -> World:
    @contextmanager
    def loosened(lab: LabHandle) -> Iterator[None]:
        with realm_of(lab) as realm, realm.client_with(lab.status()["names"]["web_client"], **changes):
            yield

    return loosened


WORLDS.update({name: _loosened_realm(changes) for name, changes in REALMS.items()})
WORLDS.update({name: _loosened_client(changes) for name, changes in CLIENTS.items()})
