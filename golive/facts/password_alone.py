"""What an admin's password alone comes to, on every way into a realm: it must never be enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urljoin

from golive.clients.http import Answer, Request
from golive.clients.keycloak_admin import SYSTEM, KeycloakAuditor
from golive.clients.oidc import OidcClient, WebClient
from golive.clients.secret import secret
from golive.errors import CredentialsRefused, ProtocolBroken
from golive.target import Target
from golive.target.keycloak import AdminRealm

ASKED, REFUSED, CLOSED, LET_IN = "asked for the second factor", "refused", "closed", "let in"
REFUSALS: Final = range(400, 500)
GRANT_OTP: Final = "direct-grant-validate-otp"
FACTORS: Final = {
    "auth-otp-form": "otp",
    "webauthn-authenticator": "webauthn",
    "webauthn-authenticator-passwordless": "webauthn-passwordless",
    GRANT_OTP: "otp",
}
"""Keycloak's authenticators that ask for a second factor, and the type of credential that each asks for; ``reset-otp``
is none: it lets one be made anew."""
HARMLESS: Final = frozenset({"conditional-user-configured", "conditional-credential"})
"""Conditions of Keycloak's own flows: that the user has the factor, and did not log in by it already."""


@dataclass(frozen=True)
class PasswordAlone:
    """One way in, and what the password alone came to there."""

    realm: str
    way: str
    state: str
    asks_for: tuple[str, ...] = ()
    """The types of credentials by which this way takes a second factor; empty where it is closed, or asks for none."""
    conditions: tuple[str, ...] = ()
    """Under which alone it asks, beside there being one."""


class Ways:
    """The ways into one realm for its throw-away admin."""

    def __init__(self, target: Target, auditor: KeycloakAuditor, described: AdminRealm) -> None:
        self._auditor, self._user = auditor, described.throw_away
        self._base = target.identity.url
        self._oidc = OidcClient(target, auditor.realm)
        self._password = secret(SYSTEM, f"password of {self._user.username}", self._user.password)

    def try_all(self) -> Iterator[PasswordAlone]:
        """Each way once: the browser's flow, clients with a flow of their own, the password grant, and the reset.

        Raises CredentialsRefused where the browser's flow refuses the password: its being refused elsewhere would
        then say nothing.
        """
        realm = self._auditor.get()
        browser, grant = str(realm["browserFlow"]), str(realm["directGrantFlow"])
        clients = [each for each in self._auditor.all("/clients") if each.get("enabled")]
        own = next((each for each in clients if each["clientId"] == self._user.client_id), {})
        flow = self._override(own, "browser") or browser
        yield self._found(f"browser, {self._user.client_id}", self._control(), flow)
        for client in clients:
            special = self._override(client, "browser")
            if special and client.get("standardFlowEnabled"):
                web = WebClient(str(client["clientId"]), self._redirect(client))
                yield self._found(f"browser, {client['clientId']}", self._by_browser(web), special)
            elif special and by_other_than_codes(client):
                yield self._found(f"browser, {client['clientId']}", self._by_steps(special), special)
            if client.get("directAccessGrantsEnabled"):
                flow = self._override(client, "direct_grant") or grant
                yield self._found(f"password grant, {client['clientId']}", self._by_grant(client, flow), flow)
        flow = str(realm["resetCredentialsFlow"])
        yield self._found("reset", self._by_reset(flow), flow)

    def _found(self, way: str, state: str, flow: str) -> PasswordAlone:
        steps = [] if state == CLOSED else self._steps(flow)
        return PasswordAlone(self._auditor.realm, way, state, tuple(sorted(asked_for(steps))), conditions(steps))

    def _control(self) -> str:
        state = self._by_browser(WebClient(self._user.client_id, self._user.redirect_uri))
        if state == REFUSED:
            raise CredentialsRefused(
                SYSTEM,
                f"realm {self._auditor.realm} refuses the throw-away admin's password, so nothing can be told by it",
                hint="is the account enabled, not locked, and is that its password?",
            )
        return state

    def _by_browser(self, web: WebClient) -> str:
        ended, _ = self._oidc.log_in(web, self._user.username, self._password)
        if ended.code is not None:
            return LET_IN
        if ended.asked_for_otp:
            return ASKED
        return REFUSED if ended.refused else f"{LET_IN} to {ended.complaint}"

    def _by_grant(self, client: Mapping[str, Any], flow: str) -> str:
        """By trying, where the client has no secret; else by what its flow asks for."""
        if not client.get("publicClient"):
            return self._by_steps(flow)
        form = {"grant_type": "password", "client_id": str(client["clientId"]), "scope": "openid",
                "username": self._user.username, "password": self._password}  # fmt: skip
        url = f"{self._oidc.realm_url}/protocol/openid-connect/token"
        answer = self._oidc.ask(Request(url, "POST", form=form))
        return LET_IN if answer.status == HTTPStatus.OK else self._refused(answer, REFUSED)

    def _by_reset(self, flow: str) -> str:
        """Whether a forgotten password is replaced by mail alone."""
        url = f"{self._oidc.realm_url}/login-actions/reset-credentials"
        answer = self._oidc.ask(Request(url, params={"client_id": self._user.client_id}))
        if answer.status != HTTPStatus.OK:
            return self._refused(answer, CLOSED)
        return self._by_steps(flow)

    def _refused(self, answer: Answer, state: str) -> str:
        """That state, for an answer that refuses. Raises ProtocolBroken for one that says neither yes nor no."""
        if answer.status not in REFUSALS:
            raise ProtocolBroken(
                SYSTEM,
                f"realm {self._auditor.realm} answered HTTP {answer.status} to a password alone; expected 4xx",
                hint="Keycloak's own log at this moment says more",
            )
        return state

    def _by_steps(self, flow: str) -> str:
        """What cannot be tried, by what the flow asks for."""
        return ASKED if asked_for(self._steps(flow)) else f"{LET_IN}: its flow asks for no second factor"

    def _steps(self, flow: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._auditor.get(f"/authentication/flows/{quote(flow, safe='')}/executions")
        return found

    def _override(self, client: Mapping[str, Any], kind: str) -> str:
        """The alias of the client's own flow of that kind; empty where it has the realm's."""
        flow_id = (client.get("authenticationFlowBindingOverrides") or {}).get(kind)
        return str(self._auditor.get(f"/authentication/flows/{flow_id}").get("alias")) if flow_id else ""

    def _redirect(self, client: Mapping[str, Any]) -> str:
        uris = sorted(client.get("redirectUris") or [""], key=lambda uri: "*" in uri)
        return urljoin(str(client.get("rootUrl") or self._base), str(uris[0]).replace("*", ""))


def by_other_than_codes(client: Mapping[str, Any]) -> bool:
    """Whether people log in to it, though not by the authorization code flow: by the implicit one, or for a device."""
    device = (client.get("attributes") or {}).get("oauth2.device.authorization.grant.enabled") == "true"
    return device or bool(client.get("implicitFlowEnabled"))


def asked_for(executions: list[dict[str, Any]]) -> frozenset[str]:
    """The types of credentials for which any step that can be reached asks; steps stand below their parents, by level.

    A password grant whose one-time password is no condition's refuses whoever has none, as if it asked for every type.
    """
    found: set[str] = set()
    for place, step in _reachable(executions):
        kind = FACTORS.get(str(step.get("providerId")))
        if kind:
            above = {executions[each].get("requirement") for each in place}
            always = step["providerId"] == GRANT_OTP and above == {"REQUIRED"}
            found |= set(FACTORS.values()) if always else {kind}
    return frozenset(found)


def conditions(executions: list[dict[str, Any]]) -> tuple[str, ...]:
    """The conditions under which alone a factor is asked for, beside its being there."""
    steps = [(place, str(step.get("providerId"))) for place, step in _reachable(executions)]
    guards = [(place[:-1], name) for place, name in steps if name.startswith("conditional-") and name not in HARMLESS]
    asking = [place for place, name in steps if name in FACTORS]
    return tuple(sorted({name for inside, name in guards for each in asking if each[: len(inside)] == inside}))


def _reachable(executions: list[dict[str, Any]]) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Each step that is not disabled, nor within what is; with the numbers of those that it is in, and its own."""
    place: tuple[int, ...] = ()
    for number, step in enumerate(executions):
        place = (*place[: int(step.get("level", 0))], number)
        if all(executions[each].get("requirement") != "DISABLED" for each in place):
            yield place, step
