"""What a production realm must be set to, and by whom that may be read: besides ``identity``, how customers log in."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from golive.target.base import HttpUrl, NonEmpty, Seconds, Section
from golive.target.secrets import SecretReference

Days = Annotated[float, Field(gt=0, le=3650)]


class Auditor(Section):
    """A confidential client whose service account may view realm, clients, users and events, and nothing more."""

    client_id: NonEmpty
    client_secret: SecretReference
    realm: str = ""
    """Where the client is; the realm that it looks at, if empty."""


class ClientException(Section):
    """One thing that one client of the realm may do although no client should, and why."""

    client_id: NonEmpty
    may: Literal["wildcard redirect", "implicit grant", "password grant"]
    reason: Annotated[str, Field(min_length=10)]


class ThrowAwayAdmin(Section):
    """An admin who exists only to be refused: it has a second factor that the suite does not know."""

    username: NonEmpty
    password: SecretReference
    client_id: NonEmpty
    redirect_uri: HttpUrl


class AdminRealm(Section):
    """A realm whose admins must have a second factor."""

    auditor: Auditor
    throw_away: ThrowAwayAdmin
    roles: frozenset[NonEmpty] = frozenset()
    """Realm roles of operators, besides Keycloak's own: every role of realm-management, of master's clients of each
    realm, and ``admin`` and ``create-realm`` of master."""
    federated: dict[NonEmpty, NonEmpty] = Field(default_factory=dict)
    """Alias of each identity provider, and the value of ``acr`` or ``amr`` that it must demand of logins."""


class Keycloak(Section):
    """The realm's settings at least so strict, its admins with a second factor."""

    auditor: Auditor
    ssl_required: frozenset[Literal["external", "all"]] = frozenset({"external", "all"})
    max_login_failures: Annotated[int, Field(ge=1)] = 10
    min_lockout: Seconds = 60
    """How long brute force protection must lock an account at least, at first."""
    password_policy: Annotated[dict[NonEmpty, Annotated[int, Field(ge=1)] | Literal["present"]], Field(min_length=1)]
    """Keycloak's own names (``length``, ``digits``, ``notUsername``) with the least value."""
    max_lifespans: Annotated[dict[NonEmpty, Seconds], Field(min_length=1)]
    """Fields of the realm's representation (``accessTokenLifespan``) with the longest time; 0 there is no limit."""
    events: Annotated[frozenset[NonEmpty], Field(min_length=1)] = frozenset({"LOGIN", "LOGIN_ERROR", "LOGOUT"})
    """Types of user events that must be kept."""
    exceptions: tuple[ClientException, ...] = ()
    admins: dict[NonEmpty, AdminRealm] = Field(default_factory=dict)
    """The platform's realm and master."""
    max_key_days: Days = 90
    """Age of the secret of a service account with an admin role."""

    @model_validator(mode="after")
    def _no_exception_twice(self) -> Self:
        named = [(each.client_id, each.may) for each in self.exceptions]
        if len(set(named)) < len(named):
            raise ValueError("an exception is declared twice")
        return self

    def may(self, what: str) -> frozenset[str]:
        """The clients that may do that."""
        return frozenset(each.client_id for each in self.exceptions if each.may == what)
