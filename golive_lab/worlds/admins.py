"""Bad worlds of Keycloak's admins: somebody is one without a second factor, or some way in asks for none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from golive_lab.control import LabHandle
from golive_lab.keycloak_admin import KeycloakAdmin
from golive_lab.realm import ADMIN_ROLE, LAB_ADMIN, SECRET_MADE, THROW_AWAY_ADMIN
from golive_lab.worlds.identity import master_of, realm_of
from golive_lab.worlds.registry import world

CUSTOMER = "miso-trader"
OPERATOR = "platform-admin"
GRANT_OTP = "Direct Grant - Conditional OTP"
"""Keycloak's own name for the part of the direct grant's flow that asks for the second factor."""
COPY = "golive-lab-browser"
FACTOR_OF_COPY = f"{COPY} Browser - Conditional 2FA"
KEY = {
    "aaguid": "00000000-0000-0000-0000-000000000000",
    "credentialId": "Z29saXZl",
    "credentialPublicKey": "pQECAyYgASFYIAAA",
    "counter": 0,
    "attestationStatementFormat": "none",
    "transports": [],
}
"""A security key as Keycloak keeps one; nobody will ever log in with it."""


@world
@contextmanager
def admins_by_group(lab: LabHandle) -> Iterator[None]:
    """A customer without a second factor is in a group below one that has the operators' role."""
    with realm_of(lab) as realm:
        role = realm.get(f"/roles/{ADMIN_ROLE}")
        with realm.new("/groups", {"name": "golive-lab-operators"}) as group:
            realm.change("POST", f"/groups/{group}/role-mappings/realm", [role])
            realm.change("POST", f"/groups/{group}/children", {"name": "golive-lab-night-shift"})
            (child,) = realm.get(f"/groups/{group}/children")
            with realm.member(CUSTOMER, child["id"]):
                yield


@world
@contextmanager
def admins_by_composite(lab: LabHandle) -> Iterator[None]:
    """A customer without a second factor has a role that contains the operators'."""
    name = "golive-lab-support"
    with realm_of(lab) as realm, realm.new("/roles", {"name": name}):
        realm.change("POST", f"/roles/{name}/composites", [realm.get(f"/roles/{ADMIN_ROLE}")])
        with realm.linked(f"/users/{realm.user(CUSTOMER)['id']}/role-mappings/realm", [realm.get(f"/roles/{name}")]):
            yield


@world
@contextmanager
def admins_by_default_role(lab: LabHandle) -> Iterator[None]:
    """The role that every user has contains the operators'."""
    with realm_of(lab) as realm:
        path = f"/roles-by-id/{realm.get('')['defaultRole']['id']}/composites"
        with realm.linked(path, [realm.get(f"/roles/{ADMIN_ROLE}")]):
            yield


@world
@contextmanager
def admins_by_impersonation(lab: LabHandle) -> Iterator[None]:
    """A customer without a second factor may become anybody."""
    with realm_of(lab) as realm:
        client = realm.client("realm-management")["id"]
        role = realm.get(f"/clients/{client}/roles/impersonation")
        with realm.linked(f"/users/{realm.user(CUSTOMER)['id']}/role-mappings/clients/{client}", [role]):
            yield


@world
@contextmanager
def admins_have_yet_to_set_up_otp(lab: LabHandle) -> Iterator[None]:
    """The operator will be asked to set one-time passwords up, by whoever logs in first."""
    with realm_of(lab) as realm, realm.user_with(OPERATOR, requiredActions=["CONFIGURE_TOTP"]):
        yield


@world
@contextmanager
def admins_of_master_without_otp(lab: LabHandle) -> Iterator[None]:
    """Master has an admin with nothing but a password."""
    with _admin_of_master(lab, "golive-lab-break-glass"):
        yield


@world
@contextmanager
def admins_with_a_key_nobody_asks_for(lab: LabHandle) -> Iterator[None]:
    """Master has an admin with a password and a security key, and its flows ask for one-time passwords alone."""
    key = {"type": "webauthn", "userLabel": "security key", "secretData": "{}", "credentialData": json.dumps(KEY)}
    with _admin_of_master(lab, "golive-lab-key-holder", key):
        yield


@contextmanager
def _admin_of_master(lab: LabHandle, name: str, *factors: dict[str, str]) -> Iterator[None]:
    """Another admin of master, with a password and these credentials besides."""
    password = {"type": "password", "value": lab.secret(f"keycloak-master-{THROW_AWAY_ADMIN}")}
    user = {"username": name, "enabled": True, "credentials": [password, *factors]}
    with master_of(lab) as master, master.new("/users", user) as made:
        master.change("POST", f"/users/{made}/role-mappings/realm", [master.get("/roles/admin")])
        yield


@world
@contextmanager
def admins_by_password_grant(lab: LabHandle) -> Iterator[None]:
    """A client takes passwords directly, by a flow without a second factor."""
    web = lab.status()["names"]["web_client"]
    with (
        realm_of(lab) as realm,
        realm.client_with(web, directAccessGrantsEnabled=True),
        realm.step_disabled("direct grant", GRANT_OTP),
    ):
        yield


@world
@contextmanager
def admins_by_client_override(lab: LabHandle) -> Iterator[None]:
    """One client has a flow of its own, which asks for no second factor."""
    with realm_of(lab) as realm, _copied_flow(realm) as flow:
        legacy = {"clientId": "golive-lab-legacy", "publicClient": True, "standardFlowEnabled": True,
                  "redirectUris": ["https://legacy.example.test/callback"],
                  "authenticationFlowBindingOverrides": {"browser": flow}}  # fmt: skip
        with realm.step_disabled(COPY, FACTOR_OF_COPY), realm.new("/clients", legacy):
            yield


@world
@contextmanager
def admins_by_device(lab: LabHandle) -> Iterator[None]:
    """A client for devices alone has a flow of its own, which asks for no second factor."""
    with realm_of(lab) as realm, _copied_flow(realm) as flow:
        client = {"clientId": "golive-lab-terminal", "publicClient": True, "standardFlowEnabled": False,
                  "attributes": {"oauth2.device.authorization.grant.enabled": "true"},
                  "authenticationFlowBindingOverrides": {"browser": flow}}  # fmt: skip
        with realm.step_disabled(COPY, FACTOR_OF_COPY), realm.new("/clients", client):
            yield


@world
@contextmanager
def admins_asked_by_role(lab: LabHandle) -> Iterator[None]:
    """The browser's flow asks the operators' role alone, and not those who administer by another one."""
    with realm_of(lab) as realm, _copied_flow(realm):
        part = f"/authentication/flows/{quote(FACTOR_OF_COPY)}/executions/execution"
        realm.change("POST", part, {"provider": "conditional-user-role"})
        steps = f"/authentication/flows/{COPY}/executions"
        (step,) = [one for one in realm.get(steps) if one.get("providerId") == "conditional-user-role"]
        config = {"alias": "golive-lab-operators", "config": {"condUserRole": ADMIN_ROLE}}
        realm.change("POST", f"/authentication/executions/{step['id']}/config", config)
        realm.change("PUT", steps, {**step, "requirement": "REQUIRED"})
        with realm.realm_with(browserFlow=COPY):
            yield


@contextmanager
def _copied_flow(realm: KeycloakAdmin) -> Iterator[str]:
    """A copy of the browser's flow; its id."""
    realm.change("POST", "/authentication/flows/browser/copy", {"newName": COPY})
    (flow,) = [one for one in realm.get("/authentication/flows") if one["alias"] == COPY]
    try:
        yield flow["id"]
    finally:
        realm.change("DELETE", f"/authentication/flows/{flow['id']}")


@world
@contextmanager
def admins_by_default_group(lab: LabHandle) -> Iterator[None]:
    """Whoever registers joins a group that has the operators' role."""
    with realm_of(lab) as realm, realm.new("/groups", {"name": "golive-lab-newcomers"}) as group:
        realm.change("POST", f"/groups/{group}/role-mappings/realm", [realm.get(f"/roles/{ADMIN_ROLE}")])
        realm.change("PUT", f"/default-groups/{group}")
        yield


@world
@contextmanager
def admins_reset_by_mail(lab: LabHandle) -> Iterator[None]:
    """Whoever reads an admin's mail gets in."""
    with realm_of(lab) as realm, realm.realm_with(resetPasswordAllowed=True):
        yield


@world
@contextmanager
def admins_federated_without_demand(lab: LabHandle) -> Iterator[None]:
    """Logins of another identity provider are taken, however it made sure of them."""
    provider = {
        "alias": "golive-lab-corporate",
        "providerId": "oidc",
        "enabled": True,
        "config": {"clientId": "x", "clientSecret": "x", "authorizationUrl": "https://login.example.test/authorize",
                   "tokenUrl": "https://login.example.test/token"},
    }  # fmt: skip
    with realm_of(lab) as realm, realm.new("/identity-provider/instances", provider):
        yield


@world
@contextmanager
def admins_old_key(lab: LabHandle) -> Iterator[None]:
    """The secret of a service account that administers the realm was made in 2020."""
    with realm_of(lab) as realm, realm.client_with(LAB_ADMIN, attributes={SECRET_MADE: "1577836800"}):
        yield


@world
@contextmanager
def admins_key_of_unknown_age(lab: LabHandle) -> Iterator[None]:
    """Nobody knows when the secret of a service account was made."""
    with realm_of(lab) as realm, realm.client_with(LAB_ADMIN, attributes={SECRET_MADE: ""}):
        yield


@world
@contextmanager
def admins_throw_away_disabled(lab: LabHandle) -> Iterator[None]:
    """The throw-away admin of master cannot log in, so that a refusal says nothing."""
    with master_of(lab) as master, master.user_with(THROW_AWAY_ADMIN, enabled=False):
        yield
