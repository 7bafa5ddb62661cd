"""Keycloak's admin REST API, read as an auditor: a service account that may view and nothing else.

Paths are those of https://www.keycloak.org/docs-api/latest/rest-api/index.html. The token endpoint is Keycloak's fixed
one rather than the discovery document's, because what that document says is one of the facts to be looked at.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import bearer, secret
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TooLittleData
from golive.target import Target
from golive.target.keycloak import Auditor

SYSTEM: Final = "identity"
Key = TypeVar("Key", bound=Hashable)
CONNECTIONS: Final = 3
"""Each costs Keycloak a handshake."""
PAGE: Final = 200
MOST: Final = 20_000
"""Entries of one listing. Who has more admins, or clients, has another problem."""
_ABOUT_TO_END: Final = 10.0


class KeycloakAuditor:
    """One realm as seen by an auditor whose client is in ``auditor.realm``, or in the same one."""

    def __init__(self, target: Target, realm: str, auditor: Auditor) -> None:
        self.realm, self._auditor = realm, auditor
        self._base = target.identity.url.rstrip("/")
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)
        self._token = SecretStr("")
        self._ends = 0.0

    def get(self, path: str = "", **query: str) -> Any:
        """What stands at that path below the realm's own.

        Raises CredentialsRefused where the auditor may not see it, and ProtocolBroken where it is not there.
        """
        return self._found(path, self._http.ask(self._request(path, query)))

    def _request(self, path: str, query: Mapping[str, str]) -> Request:
        url = f"{self._base}/admin/realms/{quote(self.realm, safe='')}{path}"
        return Request(url, headers=bearer(self._access()), params=query)

    def _found(self, path: str, answer: Answer) -> Any:
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise CredentialsRefused(
                SYSTEM,
                f"{self._auditor.client_id} may not read {path or '/'} of realm {self.realm}: HTTP {answer.status}",
                hint="give its service account view-realm, view-clients, view-users, view-events and "
                "view-identity-providers of that realm, and nothing more",
            )
        found = answer.json()
        if answer.status != HTTPStatus.OK or found is None:
            raise ProtocolBroken(
                SYSTEM,
                f"realm {self.realm} answered HTTP {answer.status} for {path or '/'}; expected 200 with JSON",
                hint="does the realm of that name exist, and is this Keycloak's base URL?",
            )
        return found

    def all(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Every entry of a listing, page by page. Raises TooLittleData for one that does not end."""
        found: list[dict[str, Any]] = []
        while len(found) < MOST:
            page = self.get(path, **{**query, "first": str(len(found)), "max": str(PAGE)})
            if not isinstance(page, list):
                raise ProtocolBroken(SYSTEM, f"{path} of realm {self.realm} is no list", hint="is this Keycloak's API?")
            found += page
            if len(page) < PAGE:
                return found
        raise TooLittleData(SYSTEM, f"{path} of realm {self.realm} has more than {MOST} entries", hint="is that right?")

    def every(self, paths: Mapping[Key, str]) -> dict[Key, list[dict[str, Any]]]:
        """Several listings at the same time, each whole. Raises as ``all`` for the first that cannot be had."""
        answers = self._ask(paths, {"first": "0", "max": str(PAGE)})
        return {key: self._whole(paths[key], answer) for key, answer in answers.items()}

    def each(self, paths: Mapping[Key, str]) -> dict[Key, Any]:
        """Several documents at the same time. Raises as ``get`` for the first that cannot be had."""
        found = self._ask(paths, {})
        for answer in found.values():
            if isinstance(answer, CannotEstablish):
                raise answer
        return {key: self._found(paths[key], answer) for key, answer in found.items() if isinstance(answer, Answer)}

    def _ask(self, paths: Mapping[Key, str], query: Mapping[str, str]) -> dict[Key, Answer | CannotEstablish]:
        requests = {str(number): self._request(path, query) for number, path in enumerate(paths.values())}
        answers = self._http.ask_many(requests, connections=CONNECTIONS)
        return dict(zip(paths, answers.values(), strict=True))

    def _whole(self, path: str, first: Answer | CannotEstablish) -> list[dict[str, Any]]:
        if isinstance(first, CannotEstablish):
            raise first
        found = self._found(path, first)
        whole = isinstance(found, list) and len(found) != PAGE
        return found if whole else self.all(path)

    def issuer(self) -> str:
        """The issuer that the realm's discovery document names."""
        url = f"{self._base}/realms/{quote(self.realm, safe='')}/.well-known/openid-configuration"
        found = self._http.ask(Request(url)).json()
        return str(found.get("issuer", "")) if isinstance(found, dict) else ""

    def _access(self) -> SecretStr:
        if time.monotonic() >= self._ends:
            self._log_in()
        return self._token

    def _log_in(self) -> None:
        auditor = self._auditor
        key = secret(SYSTEM, f"client secret of {auditor.client_id}", auditor.client_secret)
        realm = quote(auditor.realm or self.realm, safe="")
        form = {"grant_type": "client_credentials", "client_id": auditor.client_id, "client_secret": key}
        asked = time.monotonic()
        url = f"{self._base}/realms/{realm}/protocol/openid-connect/token"
        answer = self._http.ask(Request(url, "POST", form=form))
        found = answer.json()
        if answer.status != HTTPStatus.OK or not isinstance(found, dict) or "access_token" not in found:
            said = found.get("error", "") if isinstance(found, dict) else ""
            raise CredentialsRefused(
                SYSTEM,
                f"Keycloak gives the auditor {auditor.client_id} no token: HTTP {answer.status} {said}".rstrip(),
                hint="compare keycloak.auditor's client and secret with the realm's",
            )
        self._token = SecretStr(str(found["access_token"]))
        self._ends = asked + float(found.get("expires_in", 0)) - _ABOUT_TO_END
