"""The lab's Keycloak realm, as the representation that Keycloak imports; its secrets are the lab's own."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from golive_lab.configuration import Names
    from golive_lab.secrets import Secrets

ACCESS_TOKEN_SECONDS: Final = 300
SHORT_LIVED_SECONDS: Final = 2
ADMIN_ROLE: Final = "admin"
AUDIENCE_MAPPER: Final = "audience"
CUSTOMER: Final = "customer"

LAB_ADMIN: Final = "lab-admin"
BATCH_CLIENT: Final = "miso-batch"
SHORT_LIVED_CLIENT: Final = "golive-short-lived"
ADMIN: Final = "platform-admin"
THROW_AWAY: Final = "golive-throw-away"
SECRET_MADE: Final = "client.secret.creation.time"  # noqa: S105 - the attribute's name
"""Keycloak's attribute for when a client's secret was made, in seconds; its import does not set it."""
AUDITOR: Final = "golive-auditor"
AUDITOR_RIGHTS: Final = ("view-realm", "view-clients", "view-users", "view-events", "view-identity-providers")
"""What a reader of a realm's settings and accounts needs; each of them only reads."""
THROW_AWAY_ADMIN: Final = "golive-throw-away-admin"
"""An operator whose password alone the suite tries; nobody knows the seed of its one-time passwords."""
CUSTOMERS: Final = {
    "miso-trader": "miso-customer-1",
    "caiso-trader": "caiso-customer-1",
    ADMIN: "platform-operator",
    THROW_AWAY: "nobody",
    THROW_AWAY_ADMIN: "nobody",
}
"""Every user of the realm and the customer that their tokens speak for."""

POLICY: Final = (
    "length(12) and upperCase(1) and lowerCase(1) and digits(1) and specialChars(1) and notUsername(undefined)"
)


def representation(names: Names, secrets: Secrets, hub: str) -> dict[str, Any]:
    """The whole realm: clients, users, policies. Holds secrets; goes into a file of mode 0600 and nowhere else.

    ``hub`` is the address of the Web Hub's page, which logs in as the web client.
    """
    return {
        "realm": names.realm,
        "enabled": True,
        "sslRequired": "all",
        "registrationAllowed": False,
        "bruteForceProtected": True,
        "failureFactor": 5,
        "passwordPolicy": POLICY,
        "accessTokenLifespan": ACCESS_TOKEN_SECONDS,
        "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
        "eventsEnabled": True,
        "adminEventsEnabled": True,
        "otpPolicyType": "totp",
        "otpPolicyAlgorithm": "HmacSHA1",
        "otpPolicyDigits": 6,
        "otpPolicyPeriod": 30,
        "otpPolicyLookAheadWindow": 1,
        # Proofs log the operator in many times within one period; on a platform a code counts once.
        "otpPolicyCodeReusable": True,
        "roles": {"realm": [{"name": ADMIN_ROLE, "description": "Operators of the platform"}]},
        "components": {
            "org.keycloak.keys.KeyProvider": _keys(),
            "org.keycloak.userprofile.UserProfileProvider": [_user_profile()],
        },
        "clients": _clients(names, secrets, hub),
        "users": [*_people(names, secrets), *_service_accounts(names)],
    }


def totp_credential(seed: str) -> dict[str, str]:
    """A one-time-password credential; ``seed`` is base32, and Keycloak is told so rather than given raw bytes."""
    data = {
        "subType": "totp",
        "digits": 6,
        "period": 30,
        "counter": 0,
        "algorithm": "HmacSHA1",
        "secretEncoding": "BASE32",
    }
    return {
        "type": "otp",
        "userLabel": "authenticator",
        "secretData": json.dumps({"value": seed}),
        "credentialData": json.dumps(data),
    }


def audience_mapper(audience: str) -> dict[str, Any]:
    """The protocol mapper that puts the API's audience into access tokens."""
    config = {"included.custom.audience": audience, "access.token.claim": "true", "id.token.claim": "false"}
    return {
        "name": AUDIENCE_MAPPER,
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": config,
    }


def _claim(mapper: str, **config: str) -> dict[str, Any]:
    shared = {"claim.name": CUSTOMER, "jsonType.label": "String", "access.token.claim": "true"}
    return {
        "name": CUSTOMER,
        "protocol": "openid-connect",
        "protocolMapper": mapper,
        "config": {**shared, **config},
    }


def _clients(names: Names, secrets: Secrets, hub: str) -> list[dict[str, Any]]:
    web = {
        "clientId": names.web_client,
        "publicClient": True,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "redirectUris": [names.redirect_uri, hub],
        "webOrigins": ["/".join(hub.split("/")[:3])],
        "attributes": {"pkce.code.challenge.method": "S256", "post.logout.redirect.uris": hub},
        "protocolMappers": [
            audience_mapper(names.audience),
            _claim("oidc-usermodel-attribute-mapper", **{"user.attribute": CUSTOMER}),
        ],
    }
    customer = _claim("oidc-hardcoded-claim-mapper", **{"claim.value": CUSTOMERS["miso-trader"]})
    api = [audience_mapper(names.audience), customer]
    lifespan = {"access.token.lifespan": str(SHORT_LIVED_SECONDS)}
    return [
        web,
        _confidential(BATCH_CLIENT, secrets, protocolMappers=api),
        _confidential(SHORT_LIVED_CLIENT, secrets, protocolMappers=api, attributes=lifespan),
        _confidential(LAB_ADMIN, secrets),
        _confidential(AUDITOR, secrets),
        # Keycloak's own, which takes passwords directly unless it is told not to.
        {"clientId": "admin-cli", "publicClient": True, "standardFlowEnabled": False},
    ]


def _confidential(
    client_id: str, secrets: Secrets, attributes: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "attributes": {SECRET_MADE: str(int(time.time())), **(attributes or {})},
        "clientId": client_id,
        "secret": secrets.get(f"keycloak-client-{client_id}"),
        "publicClient": False,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": True,
        **more,
    }


def _people(names: Names, secrets: Secrets) -> list[dict[str, Any]]:
    return [_person(names, secrets, username, customer) for username, customer in CUSTOMERS.items()]


def _person(names: Names, secrets: Secrets, username: str, customer: str) -> dict[str, Any]:
    credentials: list[dict[str, Any]] = [{"type": "password", "value": secrets.get(f"keycloak-{username}")}]
    roles = [_default_role(names)]
    if username in {ADMIN, THROW_AWAY_ADMIN}:
        credentials.append(totp_credential(secrets.totp_seed(f"keycloak-{username}-totp")))
        roles.append(ADMIN_ROLE)
    first, _, last = username.partition("-")
    return {
        "username": username,
        "enabled": True,
        "email": f"{username}@example.test",
        "emailVerified": True,
        "firstName": first.title(),
        "lastName": last.title(),
        "attributes": {CUSTOMER: [customer]},
        "credentials": credentials,
        "realmRoles": roles,
    }


def _service_accounts(names: Names) -> list[dict[str, Any]]:
    rights = {
        LAB_ADMIN: {"realm-management": ["realm-admin"]},
        AUDITOR: {"realm-management": list(AUDITOR_RIGHTS)},
    }
    return [
        {
            "username": f"service-account-{client_id}",
            "enabled": True,
            "serviceAccountClientId": client_id,
            "realmRoles": [_default_role(names)],
            "clientRoles": rights.get(client_id, {}),
        }
        for client_id in (BATCH_CLIENT, SHORT_LIVED_CLIENT, LAB_ADMIN, AUDITOR)
    ]


def _default_role(names: Names) -> str:
    return f"default-roles-{names.realm.lower()}"


def _keys() -> list[dict[str, Any]]:
    """The realm's keys as Keycloak would make them, but for the RSA key, which is made here.

    A JVM that warms up takes seconds for that.
    """
    signing = {"priority": ["100"], "algorithm": ["RS256"], "privateKey": [_rsa_key()]}
    return [
        {"name": "rsa", "providerId": "rsa", "config": signing},
        {"name": "hmac", "providerId": "hmac-generated", "config": {"priority": ["100"], "algorithm": ["HS512"]}},
        {"name": "aes", "providerId": "aes-generated", "config": {"priority": ["100"]}},
    ]


def _rsa_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return pem.decode()


def _user_profile() -> dict[str, Any]:
    """Attributes that a user has; without the declaration Keycloak drops ``customer``."""
    own = {"view": ["admin", "user"], "edit": ["admin", "user"]}
    must = {"roles": ["user"]}
    required = [{"name": name, "permissions": own, "required": must} for name in ("email", "firstName", "lastName")]
    by_admin = {"view": ["admin"], "edit": ["admin"]}
    attributes = [
        {"name": "username", "permissions": own},
        *required,
        {"name": CUSTOMER, "permissions": by_admin},
    ]
    config = {"kc.user.profile.config": [json.dumps({"attributes": attributes})]}
    return {"providerId": "declarative-user-profile", "config": config}
