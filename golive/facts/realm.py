"""A Keycloak realm's settings and its clients', as its admin API tells an auditor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from golive.clients.keycloak_admin import KeycloakAuditor
from golive.target import Target
from golive.target.keycloak import Keycloak
from golive.target.needed import required

_POLICY = re.compile(r"(\w+)(?:\(([^)]*)\))?")
CLIENT_LIFESPAN = "access.token.lifespan"
"""A client's own attribute; it goes before the realm's accessTokenLifespan."""


@dataclass(frozen=True)
class RealmSettings:
    """What the realm is set to. ``lifespans`` are seconds by Keycloak's own names, 0 where there is no limit.

    They are those of whoever is remembered, where the realm lets users ask for that.
    """

    realm: str
    issuer: str
    ssl_required: str
    registration_allowed: bool
    brute_force_protected: bool
    login_failures: int
    lockout_seconds: int | None
    """How long an account is first locked; None for good."""
    password_policy: Mapping[str, str]
    lifespans: Mapping[str, int]
    events: frozenset[str]
    admin_events: bool

    def lockout_gaps(self, least: float) -> dict[str, int]:
        """Empty where an account that was guessed at is locked for as long or longer."""
        short = self.lockout_seconds is not None and self.lockout_seconds < least
        return {"lockout_seconds": self.lockout_seconds or 0} if short else {}

    def policy_gaps(self, least: Mapping[str, int | str]) -> dict[str, str]:
        """Each policy that is absent or below the least value, with what stands there."""
        return {
            name: self.password_policy.get(name, "absent")
            for name, value in least.items()
            if not _reaches(self.password_policy.get(name), value)
        }


@dataclass(frozen=True)
class RealmClient:
    """A client of the realm that is enabled. ``lifespan`` is its access tokens' own, None where the realm's holds."""

    client_id: str
    wildcards: tuple[str, ...]
    implicit_grant: bool
    password_grant: bool
    lifespan: int | None


class Realm:
    """The platform's realm."""

    def __init__(self, target: Target) -> None:
        self._keycloak = required(target.keycloak, "keycloak", "security.keycloak_realm")
        self._target = target

    @property
    def expected(self) -> Keycloak:
        """What the target asks of it."""
        return self._keycloak

    def _auditor(self) -> KeycloakAuditor:
        """A new one for each fact: its token ends with a restart, and with another issuer."""
        return KeycloakAuditor(self._target, self._target.identity.realm, self._keycloak.auditor)

    def settings(self) -> RealmSettings:
        """As they are now. Raises CredentialsRefused where the auditor may not see all of them."""
        auditor = self._auditor()
        realm, events = auditor.get(), auditor.get("/events/config")
        return RealmSettings(
            realm=str(realm.get("realm")),
            issuer=auditor.issuer(),
            ssl_required=str(realm.get("sslRequired")),
            registration_allowed=bool(realm.get("registrationAllowed")),
            brute_force_protected=bool(realm.get("bruteForceProtected")),
            login_failures=int(realm.get("failureFactor") or 0),
            lockout_seconds=lockout(realm),
            password_policy=policies(str(realm.get("passwordPolicy") or "")),
            lifespans={name: lifespan(realm, name) for name in sorted(self._keycloak.max_lifespans)},
            events=frozenset(events.get("enabledEventTypes") or ()) if events.get("eventsEnabled") else frozenset(),
            admin_events=bool(events.get("adminEventsEnabled")),
        )

    def clients(self) -> tuple[RealmClient, ...]:
        """Every client that is enabled, Keycloak's own too."""
        return tuple(client_of(each) for each in self._auditor().all("/clients") if each.get("enabled"))


def lockout(realm: Mapping[str, Any]) -> int | None:
    """Seconds for which too many wrong passwords lock an account first; None for good."""
    if realm.get("permanentLockout") and not realm.get("maxTemporaryLockouts"):
        return None
    return min(int(realm.get(name) or 0) for name in ("waitIncrementSeconds", "maxFailureWaitSeconds"))


def lifespan(realm: Mapping[str, Any], name: str) -> int:
    """The longest time that the realm gives; 0 where it sets no limit."""
    usual = int(realm.get(name) or 0)
    if name.startswith("offlineSessionMax") and not realm.get("offlineSessionMaxLifespanEnabled"):
        return 0  # the number stands there and limits nothing
    remembered = int(realm.get(f"{name}RememberMe") or 0) if realm.get("rememberMe") else 0
    return max(usual, remembered) if usual else 0


def client_of(told: Mapping[str, Any]) -> RealmClient:
    """A client as its representation tells. Redirects count only for clients that use them."""
    redirects = (
        told.get("redirectUris") or () if told.get("standardFlowEnabled") or told.get("implicitFlowEnabled") else ()
    )
    own = str((told.get("attributes") or {}).get(CLIENT_LIFESPAN) or "")
    return RealmClient(
        client_id=str(told.get("clientId")),
        wildcards=tuple(sorted(uri for uri in redirects if "*" in uri)),
        implicit_grant=bool(told.get("implicitFlowEnabled")),
        password_grant=bool(told.get("directAccessGrantsEnabled")),
        lifespan=int(own) if own.lstrip("-").isdigit() else None,
    )


def policies(text: str) -> dict[str, str]:
    """``length(12) and notUsername(undefined)`` as a mapping of names to what stands in brackets."""
    return {name: value for part in text.split(" and ") if part for name, value in _POLICY.findall(part)[:1]}


def too_long(settings: RealmSettings, clients: Iterable[RealmClient], longest: Mapping[str, float]) -> dict[str, int]:
    """Every lifespan, the realm's and its clients' own, that is over its limit or has none."""
    found = {name: settings.lifespans.get(name, 0) for name in longest}
    limits = dict(longest)
    for client in clients:
        if client.lifespan is not None and "accessTokenLifespan" in longest:
            name = f"{CLIENT_LIFESPAN} of {client.client_id}"
            found[name], limits[name] = client.lifespan, longest["accessTokenLifespan"]
    return {name: seconds for name, seconds in found.items() if not 0 < seconds <= limits[name]}


def unexcused(clients: Iterable[RealmClient], expected: Keycloak) -> dict[str, tuple[str, ...]]:
    """What each client may do although no client should, and for which the target declares no reason."""
    found = {client.client_id: tuple(what for what in _loose(client) if client.client_id not in expected.may(what))
             for client in clients}  # fmt: skip
    return {client_id: what for client_id, what in found.items() if what}


def _loose(client: RealmClient) -> Iterator[str]:
    if client.wildcards:
        yield "wildcard redirect"
    if client.implicit_grant:
        yield "implicit grant"
    if client.password_grant:
        yield "password grant"


def _reaches(value: str | None, least: int | str) -> bool:
    if value is None:
        return False
    return isinstance(least, str) or (value.isdigit() and int(value) >= least)
