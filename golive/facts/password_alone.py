"""What an admin's password alone comes to, on every way into a realm: it must never be enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urljoin

from golive.clients.http import Answer, Request
from golive.clients.keycloak_admin import SYSTEM, KeycloakAuditor
from golive.clients.oidc import OidcClient, WebClient
from golive.clients.secret import secret
from golive.errors import CredentialsRefused, ProtocolBroken
from golive.target import Target
from golive.target.keycloak import AdminRealm

ASKED, REFUSED, CLOSED, LET_IN = "asked for the second factor", "refused", "closed", "let in"
REFUSALS: Final = range(400, 500)
FACTORS: Final = frozenset(
    {"auth-otp-form", "webauthn-authenticator", "webauthn-authenticator-passwordless", "direct-grant-validate-otp"}
)
"""Keycloak's authenticators that ask for a second factor; ``reset-otp`` is none: it lets one be made anew."""


@dataclass(frozen=True)
class PasswordAlone:
    """One way in, and what the password alone came to there."""

    realm: str
    way: str
    state: str


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
        clients = [each for each in self._auditor.all("/clients") if each.get("enabled")]
        yield self._found(f"browser, {self._user.client_id}", self._control())
        for client in clients:
            overrides = client.get("authenticationFlowBindingOverrides") or {}
            if overrides.get("browser") and client.get("standardFlowEnabled"):
                web = WebClient(str(client["clientId"]), self._redirect(client))
                yield self._found(f"browser, {client['clientId']}", self._by_browser(web))
            if client.get("directAccessGrantsEnabled"):
                flow = self._alias(overrides.get("direct_grant")) or str(realm["directGrantFlow"])
                yield self._found(f"password grant, {client['clientId']}", self._by_grant(client, flow))
        yield self._found("reset", self._by_reset(str(realm["resetCredentialsFlow"])))

    def _found(self, way: str, state: str) -> PasswordAlone:
        return PasswordAlone(self._auditor.realm, way, state)

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
            return ASKED if self._asks(flow) else f"{LET_IN}: its flow asks for no second factor"
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
        return ASKED if self._asks(flow) else f"{LET_IN}: its flow asks for no second factor"

    def _refused(self, answer: Answer, state: str) -> str:
        """That state, for an answer that refuses. Raises ProtocolBroken for one that says neither yes nor no."""
        if answer.status not in REFUSALS:
            raise ProtocolBroken(
                SYSTEM,
                f"realm {self._auditor.realm} answered HTTP {answer.status} to a password alone; expected 4xx",
                hint="Keycloak's own log at this moment says more",
            )
        return state

    def _asks(self, flow: str) -> bool:
        """Whether a step of the flow that is not disabled, nor within what is, asks for a second factor."""
        return asks(self._auditor.get(f"/authentication/flows/{flow.replace(' ', '%20')}/executions"))

    def _alias(self, flow_id: str | None) -> str:
        return str(self._auditor.get(f"/authentication/flows/{flow_id}").get("alias")) if flow_id else ""

    def _redirect(self, client: Mapping[str, Any]) -> str:
        uris = sorted(client.get("redirectUris") or [""], key=lambda uri: "*" in uri)
        return urljoin(str(client.get("rootUrl") or self._base), str(uris[0]).replace("*", ""))


def asks(executions: list[dict[str, Any]]) -> bool:
    """Whether any step that can be reached asks for a second factor; steps stand below their parents, by level."""
    off = None
    for step in executions:
        level = int(step.get("level", 0))
        if off is not None and level > off:
            continue
        off = level if step.get("requirement") == "DISABLED" else None
        if off is None and step.get("providerId") in FACTORS:
            return True
    return False
