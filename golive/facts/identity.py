"""Keycloak: tokens for each persona by its own flow, what is wrong with them, and what it refuses."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from golive.clients.alone import alone
from golive.clients.oidc import SYSTEM, OidcClient, WebClient
from golive.clients.oidc import Login as Ended
from golive.clients.secret import secret
from golive.clients.totp import OneTimePasswords
from golive.errors import CredentialsRefused, TooLittleData
from golive.facts.tokens import CLOCK_GRAIN, Token, forgeries, problems_of
from golive.target import Target
from golive.target.model import Persona


@dataclass(frozen=True)
class Login:
    """A persona's login and the access token that it gave. ``problems`` is empty for a token that holds."""

    persona: str
    flow: str
    asked_for_otp: bool
    audience: tuple[str, ...]
    lifetime_seconds: int
    problems: tuple[str, ...]
    token: SecretStr = field(repr=False)


@dataclass(frozen=True)
class Refusal:
    """What the realm did with one wrong password: ``refused``, ``accepted``, or something else in words."""

    state: str
    said: str


@dataclass(frozen=True)
class ShortLivedToken:
    """A token that expires within seconds.

    ``surely_valid_until`` and ``surely_over_from`` are on this process's monotonic clock: nothing is presumed of the
    issuer's clock but that it runs as fast.
    """

    lifetime_seconds: int
    leeway_seconds: float
    token: SecretStr = field(repr=False)
    surely_valid_until: float = field(repr=False)
    surely_over_from: float = field(repr=False)

    @property
    def end(self) -> dict[str, Any]:
        """The token and when it runs out, as ``Gateway.show_until_refused`` takes them."""
        return {"token": self.token, "valid_until": self.surely_valid_until, "over_from": self.surely_over_from}


def one_login(target: Target, persona: str) -> AbstractContextManager[None]:
    """Entered while nobody else on this host logs that persona in. Raises TimedOut after half of an item's time."""
    return alone(SYSTEM, f"login of {persona} at {target.identity.issuer}", target.limits.item / 2)


class Identity:
    """The realm, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self.settings, self.limits = target.identity, target.limits
        self._target = target
        self._otps: dict[str, OneTimePasswords] = {}

    def log_in_everyone(self) -> tuple[Login, ...]:
        """Every persona's login, at the same time. Raises the first error where one could not be made."""
        names = list(self.settings.personas.by_name())
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            return tuple(pool.map(self.log_in, names))

    def log_in(self, persona: str) -> Login:
        """That persona's login. Raises CredentialsRefused where the realm does not take what the target knows.

        Never twice at once: Keycloak answers a second login of the same user meanwhile as it does a wrong password.
        """
        with one_login(self._target, persona):
            return self._log_in(persona)

    def _log_in(self, persona: str) -> Login:
        known = self.settings.personas.by_name()[persona]
        client = OidcClient(self._target)
        if known.flow == "client_credentials":
            key = secret(SYSTEM, f"client secret of {persona}", known.client_secret)
            text, asked = client.client_credentials(known.client_id, key, known.scope), False
        else:
            text, asked = self._by_login_page(client, persona, known)
        token = Token.read(text)
        problems = problems_of(token, self.settings, known.client_id, client.keys())
        if known.totp_required and not asked:
            problems = (*problems, "the realm asked for no one-time password")
        return Login(persona, known.flow, asked, token.audience, token.lifetime, problems, text)

    def try_wrong_password(self) -> Refusal:
        """One wrong password for the throw-away user, tried once and never again."""
        user = self.settings.throw_away
        ended, _ = OidcClient(self._target).log_in(
            WebClient(user.client_id, str(user.redirect_uri)), user.username, secrets.token_urlsafe(24)
        )
        if ended.code is not None or ended.asked_for_otp:
            return Refusal("accepted", "the password was taken")
        return Refusal("refused" if ended.refused else "neither taken nor refused", ended.complaint)

    def short_lived(self) -> ShortLivedToken:
        """A token that expires soon. Raises TooLittleData where it would outlive the item's own deadline."""
        settings = self.settings.short_lived
        key = secret(SYSTEM, "client secret of the short-lived client", settings.client_secret)
        asked = time.monotonic()
        text = OidcClient(self._target).client_credentials(settings.client_id, key, "openid")
        received = time.monotonic()
        lifetime = Token.read(text).lifetime
        if not 0 < lifetime + settings.leeway + CLOCK_GRAIN < self.limits.item / 2:
            raise TooLittleData(
                SYSTEM,
                f"tokens of {settings.client_id} live {lifetime} s; an item has {self.limits.item:g} s in all",
                hint="shorten that client's access token lifespan, or raise limits.item",
            )
        ends = received + lifetime + settings.leeway + CLOCK_GRAIN
        return ShortLivedToken(lifetime, settings.leeway, text, asked + lifetime - CLOCK_GRAIN, ends)

    def confirm_in_time(self, token: ShortLivedToken, statuses: Mapping[str, int]) -> None:
        """Raise TooLittleData where the token was refused and may have run out before it was looked at."""
        over = time.monotonic() > token.surely_valid_until
        if over and any(status != HTTPStatus.OK for status in statuses.values()):
            raise TooLittleData(
                SYSTEM,
                f"a token of {token.lifetime_seconds} s may have run out before the gateway had answered",
                hint="look again when Keycloak, the gateway or this host is less busy, or let the token live longer",
            )

    def forged(self, token: SecretStr) -> dict[str, SecretStr]:
        """The token as forgers would change it, by what was changed."""
        return forgeries(Token.read(token))

    def _by_login_page(self, client: OidcClient, name: str, persona: Persona) -> tuple[SecretStr, bool]:
        key = persona.client_secret and SecretStr(secret(SYSTEM, f"client secret of {name}", persona.client_secret))
        web = WebClient(persona.client_id, str(persona.redirect_uri), persona.scope, key or None)
        password = secret(SYSTEM, f"password of {name}", persona.password)
        ended, verifier = client.log_in(web, str(persona.username), password, self._codes(name, persona))
        if ended.code is None:
            raise _not_let_in(name, persona, ended)
        return client.redeem(web, ended.code, verifier), ended.asked_for_otp

    def _codes(self, name: str, persona: Persona) -> Iterable[str]:
        if persona.totp is None:
            return ()
        seed = secret(SYSTEM, f"seed of the one-time passwords of {name}", persona.totp)
        if name not in self._otps:
            self._otps[name] = OneTimePasswords(SYSTEM, seed)
        return self._otps[name].unused()


def _not_let_in(name: str, persona: Persona, ended: Ended) -> CredentialsRefused:
    if ended.asked_for_otp and persona.totp is None:
        return CredentialsRefused(
            SYSTEM,
            f"persona {name} is asked for a one-time password, and the target names no seed",
            hint=f"add identity.personas.{name}.totp",
        )
    second = " after the one-time password" if ended.asked_for_otp else ""
    return CredentialsRefused(
        SYSTEM,
        f"persona {name} is not let in{second}: {ended.complaint}",
        hint="the realm's login events say why; a locked or unfinished account, or a changed password?",
    )


def problems(logins: Iterable[Login]) -> dict[str, tuple[str, ...]]:
    """What is wrong with each persona's token."""
    return {login.persona: login.problems for login in logins}
