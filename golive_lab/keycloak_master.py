"""Keycloak's own realm, master, in the lab: an auditor and an admin with a second factor, brought in by one import."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from golive.errors import LabUnavailable
from golive_lab.keycloak_install import MASTER_ADMIN
from golive_lab.realm import AUDITOR, AUDITOR_RIGHTS, SECRET_MADE, THROW_AWAY_ADMIN, totp_credential

if TYPE_CHECKING:
    import httpx

    from golive_lab.secrets import Secrets

MASTER: Final = "master"


def settle(client: httpx.Client, url: str, secrets: Secrets) -> None:
    """Import what is not there yet. Raises httpx's errors, and LabUnavailable where Keycloak refuses."""
    import httpx

    api = f"{url}/admin/realms/{MASTER}"
    key = token(client, url, secrets.get(f"keycloak-client-{MASTER_ADMIN}"))
    client.headers["Authorization"] = f"Bearer {key}"
    try:
        client.post(f"{api}/partialImport", json=representation(secrets)).raise_for_status()
        (admin,) = client.get(f"{api}/clients", params={"clientId": MASTER_ADMIN}).raise_for_status().json()
        dated = {**admin, "attributes": {**admin["attributes"], SECRET_MADE: str(int(time.time()))}}
        client.put(f"{api}/clients/{admin['id']}", json=dated).raise_for_status()
    except httpx.HTTPStatusError as error:
        raise LabUnavailable("keycloak", f"master: {error}: {error.response.text[:300]}") from error


def token(client: httpx.Client, url: str, key: str) -> str:
    """An access token of the first admin. Raises LabUnavailable where Keycloak gives none."""
    answer = client.post(
        f"{url}/realms/{MASTER}/protocol/openid-connect/token",
        data={"grant_type": "client_credentials"},
        auth=(MASTER_ADMIN, key),
    )
    if not answer.is_success:
        raise LabUnavailable("keycloak", f"master's token endpoint answered {answer.status_code}")
    return str(answer.json()["access_token"])


def representation(secrets: Secrets) -> dict[str, Any]:
    """What is imported; holds secrets. Each realm has a secret of its own for the auditor."""
    auditor = {
        "clientId": AUDITOR,
        "secret": secrets.get(f"keycloak-client-master-{AUDITOR}"),
        "publicClient": False,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": True,
        "attributes": {SECRET_MADE: str(int(time.time()))},
    }
    account = {
        "username": f"service-account-{AUDITOR}",
        "enabled": True,
        "serviceAccountClientId": AUDITOR,
        "clientRoles": {"master-realm": list(AUDITOR_RIGHTS)},
    }
    admin = {
        "username": THROW_AWAY_ADMIN,
        "enabled": True,
        "email": f"{THROW_AWAY_ADMIN}@example.test",
        "emailVerified": True,
        "firstName": "Golive",
        "lastName": "Throw-Away-Admin",
        "credentials": [
            {"type": "password", "value": secrets.get(f"keycloak-master-{THROW_AWAY_ADMIN}")},
            totp_credential(secrets.totp_seed(f"keycloak-master-{THROW_AWAY_ADMIN}-totp")),
        ],
        "realmRoles": ["admin"],
    }
    return {"ifResourceExists": "SKIP", "clients": [auditor], "users": [account, admin]}
