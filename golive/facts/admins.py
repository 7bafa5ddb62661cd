"""Admins of Keycloak's realms: what second factor each has, and how old the keys of service accounts are."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from golive.clients.keycloak_admin import SYSTEM, KeycloakAuditor
from golive.errors import NoEvidence, NotDescribed, TooLittleData
from golive.facts.admin_roles import MASTER, AdminRoles, Holders
from golive.facts.password_alone import PasswordAlone, Ways
from golive.target import Target
from golive.target.keycloak import AdminRealm
from golive.target.needed import required

ITEM: Final = "security.admin_mfa"
FACTORS: Final = frozenset({"otp", "webauthn", "webauthn-passwordless"})
SET_UP: Final = frozenset({"CONFIGURE_TOTP", "webauthn-register", "webauthn-register-passwordless"})
"""Required actions by which a user has yet to set the second factor up, with the password alone."""
SECRET_MADE: Final = "client.secret.creation.time"  # noqa: S105 - the attribute's name
DAY: Final = 86_400


@dataclass(frozen=True)
class Admin:
    """A person with an admin role, known by Keycloak's id alone; ``lacks`` is empty where a second factor is set up."""

    realm: str
    id: str
    roles: tuple[str, ...]
    factors: tuple[str, ...]
    lacks: str
    password: bool = True
    """Whether there is one to be let in by; of a person from another directory nobody but that one knows."""


@dataclass(frozen=True)
class ServiceAccount:
    """A client with an admin role. ``key_days`` is its secret's age, None where Keycloak does not know it."""

    realm: str
    client_id: str
    roles: tuple[str, ...]
    key_days: float | None


@dataclass(frozen=True)
class AdminsOfRealm:
    """Everybody who administers a realm. ``demands`` is what each identity provider demands of logins."""

    realm: str
    people: tuple[Admin, ...]
    service_accounts: tuple[ServiceAccount, ...]
    everybody: tuple[str, ...]
    demands: Mapping[str, str]
    throw_away_is_one: bool


class Admins:
    """The admins of the platform's realm and of master."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._keycloak = required(target.keycloak, "keycloak", ITEM)
        missing = {target.identity.realm, MASTER} - self._keycloak.admins.keys()
        if missing:
            raise NotDescribed(
                SYSTEM,
                f"the target has no table [keycloak.admins.{sorted(missing)[0]}], which {ITEM} looks at",
                hint="name an auditor and a throw-away admin there; targets/production.example.toml explains both",
            )
        self.max_key_days = self._keycloak.max_key_days
        self.federated = {name: dict(realm.federated) for name, realm in self._keycloak.admins.items()}

    def found(self) -> tuple[AdminsOfRealm, ...]:
        """As they are now, realm by realm."""
        return tuple(
            _OneRealm(KeycloakAuditor(self._target, name, realm.auditor), realm).admins()
            for name, realm in self._keycloak.admins.items()
        )

    def try_password_alone(self) -> tuple[PasswordAlone, ...]:
        """Each throw-away admin's password on every way into its realm. Raises CredentialsRefused where it is wrong."""
        return tuple(
            tried
            for name, realm in self._keycloak.admins.items()
            for tried in Ways(self._target, KeycloakAuditor(self._target, name, realm.auditor), realm).try_all()
        )

    def confirm_everybody_is_asked(self, tried: Iterable[PasswordAlone]) -> None:
        """Raise NoEvidence where a way asks under conditions of which one admin's login says nothing for others."""
        bound = [way for way in tried if way.conditions]
        if bound:
            raise NoEvidence(
                SYSTEM,
                f"realm {bound[0].realm}: {bound[0].way} asks for a second factor only under "
                f"{', '.join(bound[0].conditions)}, which golive does not evaluate for each admin",
                hint="let the flow ask whoever has a factor: its one condition is then that the user has configured it",
            )

    def confirm_ages(self, found: Iterable[AdminsOfRealm]) -> None:
        """Raise TooLittleData where the age of a service account's key is not known."""
        unknown = sorted(each.client_id for realm in found for each in realm.service_accounts if each.key_days is None)
        if unknown:
            raise TooLittleData(
                SYSTEM,
                f"Keycloak does not know when the secret of {', '.join(unknown)} was made",
                hint="regenerate it: Keycloak has noted the time since its version 17",
            )


class _OneRealm:
    def __init__(self, auditor: KeycloakAuditor, described: AdminRealm) -> None:
        self._auditor, self._described = auditor, described
        self._roles = AdminRoles(auditor, described.roles)
        self._demands = {
            str(each["alias"]): _demand(each.get("config") or {})
            for each in auditor.get("/identity-provider/instances")
            if each.get("enabled")
        }

    def admins(self) -> AdminsOfRealm:
        holders = self._roles.holders()
        users = self._auditor.each({id_: f"/users/{id_}" for id_ in sorted(holders.users)})
        accounts = {f"service-account-{each['clientId']}": each for each in self._roles.clients
                    if each.get("serviceAccountsEnabled")}  # fmt: skip
        credentials = self._auditor.every({id_: f"/users/{id_}/credentials" for id_ in users})
        people = {
            id_: user for id_, user in users.items() if user.get("username") not in accounts and user.get("enabled")
        }
        return AdminsOfRealm(
            realm=self._auditor.realm,
            people=tuple(self._person(user, holders, credentials[id_]) for id_, user in people.items()),
            service_accounts=tuple(
                self._account(accounts[user["username"]], sorted(holders.users[id_]))
                for id_, user in users.items()
                if user.get("username") in accounts
            ),
            everybody=holders.everybody,
            demands=self._demands,
            throw_away_is_one=self._described.throw_away.username in {user["username"] for user in users.values()},
        )

    def _person(self, user: Mapping[str, Any], holders: Holders, credentials: list[dict[str, Any]]) -> Admin:
        types = {str(each.get("type")) for each in credentials}
        factors = types & FACTORS
        if not factors and "password" not in types:
            linked = self._auditor.get(f"/users/{user['id']}/federated-identity")
            factors = {f"federated by {each['identityProvider']}" for each in linked
                       if self._demands.get(str(each.get("identityProvider")))}  # fmt: skip
        pending = SET_UP & set(user.get("requiredActions") or ())
        lacks = f"has yet to do {', '.join(sorted(pending))}" if pending else "" if factors else "no second factor"
        ways = tuple(sorted(holders.users[str(user["id"])]))
        password = "password" in types or bool(user.get("federationLink"))
        return Admin(self._auditor.realm, str(user["id"]), ways, tuple(sorted(factors)), lacks, password)

    def _account(self, client: Mapping[str, Any], roles: list[str]) -> ServiceAccount:
        made = str((client.get("attributes") or {}).get(SECRET_MADE, ""))
        age = round((time.time() - int(made)) / DAY, 1) if made.isdigit() else None
        return ServiceAccount(self._auditor.realm, str(client["clientId"]), tuple(roles), age)


def lacking(found: Iterable[AdminsOfRealm]) -> dict[str, tuple[str, ...]]:
    """By Keycloak's id, each admin without a second factor: what is lacking, where, and the roles that make one."""
    people = [admin for realm in found for admin in realm.people if admin.lacks]
    return {admin.id: (admin.lacks, admin.realm, *admin.roles) for admin in people}


def never_asked(found: Iterable[AdminsOfRealm], tried: Iterable[PasswordAlone]) -> dict[str, tuple[str, ...]]:
    """By Keycloak's id, each admin for whose factor some way in never asks: the way, realm, and the factors there are.

    What the throw-away admin is asked for says nothing of one with another kind of factor: a flow goes by it.
    """
    people = [admin for realm in found for admin in realm.people if admin.password and set(admin.factors) & FACTORS]
    return {
        admin.id: (way.way, f"never asks for {', '.join(admin.factors)}", admin.realm, *admin.roles)
        for way in tried
        for admin in people
        if way.asks_for and admin.realm == way.realm and not set(admin.factors) & set(way.asks_for)
    }


def _demand(config: Mapping[str, Any]) -> str:
    """The value of acr or amr without which a login by that provider is refused, by Keycloak's essential claim."""
    demanded = str(config.get("filteredByClaim")) == "true" and config.get("claimFilterName") in {"acr", "amr"}
    return str(config.get("claimFilterValue") or "") if demanded else ""
