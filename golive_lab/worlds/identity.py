"""Bad worlds of Keycloak: its realm is changed through the admin API, and changed back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.keycloak_admin import KeycloakAdmin
from golive_lab.realm import LAB_ADMIN
from golive_lab.worlds.registry import world

_ADMIN_USER = "platform-admin"


def _realm(lab: LabHandle) -> KeycloakAdmin:
    overlay = lab.overlay()
    return KeycloakAdmin(
        overlay["identity"]["url"],
        lab.status()["names"]["realm"],
        lab.secret(f"keycloak-client-{LAB_ADMIN}"),
        overlay["ca_file"],
    )


@world
@contextmanager
def identity_without_audience(lab: LabHandle) -> Iterator[None]:
    """Tokens of the web client lack the API's audience."""
    with _realm(lab) as realm, realm.without_audience(lab.status()["names"]["web_client"]):
        yield


@world
@contextmanager
def identity_long_lived_tokens(lab: LabHandle) -> Iterator[None]:
    """Access tokens live for a day."""
    with _realm(lab) as realm, realm.token_lifespan(86_400):
        yield


@world
@contextmanager
def identity_otp_not_asked(lab: LabHandle) -> Iterator[None]:
    """Nobody is asked for a one-time password."""
    with _realm(lab) as realm, realm.otp_not_asked():
        yield


@world
@contextmanager
def identity_admin_without_otp(lab: LabHandle) -> Iterator[None]:
    """The operator has no one-time password."""
    seed = lab.secret(f"keycloak-{_ADMIN_USER}-totp")
    with _realm(lab) as realm, realm.otp_removed(_ADMIN_USER, seed):
        yield


@world
@contextmanager
def identity_persona_disabled(lab: LabHandle) -> Iterator[None]:
    """The MISO persona's account is disabled."""
    with _realm(lab) as realm, realm.user_with("miso-trader", enabled=False):
        yield
