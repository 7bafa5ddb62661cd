"""Keycloak by OpenID Connect: discovery, keys, and tokens by the flows that a realm should allow."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

from pydantic import SecretStr

from golive.clients.address import origin, same_origin
from golive.clients.http import Answer, HttpClient, Request
from golive.clients.login_page import Form, LoginPage
from golive.errors import CredentialsRefused, ProtocolBroken
from golive.target import Target

if TYPE_CHECKING:
    import httpx

SYSTEM = "identity"
_MOST_HOPS = 5
_REDIRECTS = {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}


@dataclass(frozen=True)
class WebClient:
    """The public client that a person logs in with, and where it wants to be called back."""

    client_id: str
    redirect_uri: str
    scope: str = "openid"
    client_secret: SecretStr | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Login:
    """How a login in the browser's way ended: with a ``code``, or ``refused`` with the page's own words."""

    code: SecretStr | None = field(default=None, repr=False)
    asked_for_otp: bool = False
    refused: bool = False
    complaint: str = ""


class OidcClient:
    """One realm. Every call is an exchange of its own; cookies live for one login."""

    def __init__(self, target: Target, realm: str = "") -> None:
        """``realm`` is the platform's own, if empty."""
        identity = target.identity
        self.realm_url = f"{identity.url.rstrip('/')}/realms/{realm or identity.realm}"
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)
        self._endpoints: dict[str, str] = {}

    def keys(self) -> list[dict[str, Any]]:
        """The realm's public keys, as it publishes them now."""
        keys = self._document(self._endpoint("jwks_uri")).get("keys")
        if not isinstance(keys, list):
            raise self._broken("its key set has no 'keys'", "a JSON Web Key Set")
        return keys

    def client_credentials(self, client_id: str, client_secret: str, scope: str) -> SecretStr:
        """An access token for a client on its own behalf."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        return self._token({**form, "scope": scope}, f"client {client_id}")

    def log_in(self, client: WebClient, username: str, password: str, otps: Iterable[str] = ()) -> tuple[Login, str]:
        """Log in through the realm's own pages; gives how it ended, and the verifier that redeems the code.

        Each of ``otps`` is tried once where the realm asks for one, until one is taken.
        """
        verifier = secrets.token_urlsafe(48)
        attempt = _Attempt(self, client)
        page = attempt.begin(verifier)
        form = page.form_with("username", "password") if isinstance(page, LoginPage) else None
        if form is None:
            raise self._broken(f"no login form: {_shown(page)}", "a form with username and password")
        page = attempt.submit(form, {"username": username, "password": password})
        if isinstance(page, LoginPage) and page.form_with("otp"):
            return attempt.one_time_password(page, otps), verifier
        return attempt.ended(page, asked_for_otp=False), verifier

    def redeem(self, client: WebClient, code: SecretStr, verifier: str) -> SecretStr:
        """The access token for a login's code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": client.client_id,
            "code": code.get_secret_value(),
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
        }
        if client.client_secret is not None:
            form["client_secret"] = client.client_secret.get_secret_value()
        return self._token(form, f"a login through client {client.client_id}")

    def ask(self, request: Request, jar: httpx.Cookies | None = None) -> Answer:
        """The realm's answer."""
        return self._http.ask(request, jar=jar)

    def authorization_url(self) -> str:
        """Where logins begin."""
        return self._endpoint("authorization_endpoint")

    def _token(self, form: Mapping[str, str], whose: str) -> SecretStr:
        answer = self.ask(Request(self._endpoint("token_endpoint"), "POST", form=form))
        content = answer.json()
        content = content if isinstance(content, dict) else {}
        if answer.status == HTTPStatus.OK and isinstance(content.get("access_token"), str):
            return SecretStr(content["access_token"])
        said = f"HTTP {answer.status} {content.get('error', '')} {content.get('error_description', '')}".strip()
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise CredentialsRefused(
                SYSTEM,
                f"{self.realm_url} gives {whose} no token: {said}",
                hint="the realm's events say why; compare the client's secret and flows with the target",
            )
        raise self._broken(f"to a request for a token: {said}", "200 with an access_token")

    def _endpoint(self, name: str) -> str:
        if not self._endpoints:
            self._endpoints = self._document(f"{self.realm_url}/.well-known/openid-configuration")
        url = self._endpoints.get(name)
        if not isinstance(url, str):
            raise self._broken(f"a discovery document without {name}", "one with it")
        return url

    def _document(self, url: str) -> dict[str, Any]:
        answer = self.ask(Request(url))
        content = answer.json()
        if answer.status != HTTPStatus.OK or not isinstance(content, dict):
            raise self._broken(f"HTTP {answer.status} at {urlsplit(url).path}", "200 with a JSON document")
        return content

    def _broken(self, seen: str, expected: str) -> ProtocolBroken:
        return ProtocolBroken(
            SYSTEM,
            f"{self.realm_url} answered {seen}; expected {expected}",
            hint="does the realm of that name exist there, and is Keycloak ready?",
        )


class _Attempt:
    """One way through the realm's pages, with its own cookies."""

    def __init__(self, oidc: OidcClient, client: WebClient) -> None:
        import httpx

        self._oidc, self._client = oidc, client
        self._jar = httpx.Cookies()
        self._state = secrets.token_urlsafe(16)
        self._at = oidc.authorization_url()

    def begin(self, verifier: str) -> LoginPage | dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        params = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": self._client.scope,
            "state": self._state,
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return self._follow(Request(self._at, params=params, headers=_LANGUAGE))

    def submit(self, form: Form, values: Mapping[str, str]) -> LoginPage | dict[str, str]:
        url = urljoin(self._at, form.action)
        if not same_origin(url, self._at):
            raise ProtocolBroken(
                SYSTEM,
                f"the login form would send the password to {origin(url)}; expected {origin(self._at)}",
                hint="check the realm's frontend URL; nothing was sent",
            )
        return self._follow(Request(url, "POST", form={**form.fields, **values}, headers=_LANGUAGE))

    def one_time_password(self, page: LoginPage | dict[str, str], otps: Iterable[str]) -> Login:
        for otp in otps:
            form = page.form_with("otp") if isinstance(page, LoginPage) else None
            if form is None:
                break
            page = self.submit(form, {"otp": otp})
        return self.ended(page, asked_for_otp=True)

    def ended(self, page: LoginPage | dict[str, str], *, asked_for_otp: bool) -> Login:
        if isinstance(page, LoginPage):
            form = page.form_with("username", "password") or page.form_with("otp")
            refused = form is not None and bool(page.complaint or form.invalid)
            return Login(None, asked_for_otp, refused, page.complaint or f"page {page.title!r}")
        if "code" not in page:
            return Login(None, asked_for_otp, refused=False, complaint=page.get("error", "no code in the redirect"))
        if page.get("state") != self._state:
            raise ProtocolBroken(SYSTEM, "the redirect carries another state than was sent", hint="is a proxy caching?")
        return Login(SecretStr(page["code"]), asked_for_otp)

    def _follow(self, request: Request) -> LoginPage | dict[str, str]:
        """The page that the request leads to, or the parameters with which the client is called back."""
        for _ in range(_MOST_HOPS):
            self._at = request.url
            answer = self._oidc.ask(request, self._jar)
            location = urljoin(self._at, answer.headers.get("location", ""))
            if answer.status not in _REDIRECTS:
                return self._page(answer)
            if location.startswith(self._client.redirect_uri):
                return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
            if not same_origin(location, self._at):
                raise ProtocolBroken(SYSTEM, f"a login is redirected to {origin(location)}", hint="a broker?")
            request = Request(location, headers=_LANGUAGE)
        raise ProtocolBroken(SYSTEM, f"a login is redirected more than {_MOST_HOPS} times", hint="look with a browser")

    def _page(self, answer: Answer) -> LoginPage:
        page = LoginPage(answer.text)
        if answer.status != HTTPStatus.OK and not page.forms:
            raise ProtocolBroken(
                SYSTEM,
                f"{urlsplit(self._at).path} answered HTTP {answer.status}: {_shown(page)}",
                hint="does the realm know this client, and may it use this redirect URI and flow?",
            )
        return page


_LANGUAGE = {"Accept-Language": "en"}


def _shown(page: LoginPage | dict[str, str]) -> str:
    if isinstance(page, LoginPage):
        return page.complaint or f"page {page.title!r}"
    return f"error {page['error']}" if "error" in page else "a redirect back"
