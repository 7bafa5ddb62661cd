"""Bearer tokens: the realm's keys, and whether a token is one of the realm's for this platform, valid now."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import jwt

from golive_lab.platform.config import Identity
from golive_lab.platform.faults import Faults
from golive_lab.platform.web import Dependencies, Problem

ALGORITHM = "RS256"
REFRESH_SECONDS = 1.0
"""Between two looks at the realm's keys; tokens with unknown key ids do not make it look more often."""
RETRY_SECONDS = 0.1
"""As long as the realm has not answered."""
MAX_AGE_SECONDS = 300.0
"""Keys that could not be confirmed for so long are used no more."""
ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Caller:
    """Whom a token speaks for; ``customer`` is None where the realm knows no customer of theirs."""

    subject: str
    customer: str | None


def refused(detail: str) -> Problem:
    """The answer to a request without a token, or with one that does not hold."""
    return Problem(HTTPStatus.UNAUTHORIZED, "invalid_token", detail, {"WWW-Authenticate": "Bearer"})


class Keys:
    """The realm's signing keys by id, confirmed every second while the realm answers."""

    def __init__(self, identity: Identity, dependencies: Dependencies) -> None:
        self._identity, self._dependencies = identity, dependencies
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._failed = True
        self._lock = asyncio.Lock()
        trust = ssl.create_default_context(cafile=str(identity.ca_file))
        self._client = httpx.AsyncClient(verify=trust, timeout=ANSWER_SECONDS, trust_env=False)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep the keys fresh for as long as the context is open."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeper.cancel()
            await self._client.aclose()

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        """The key of that id, None when the realm has no such key. Raises Problem (503) when it cannot be asked."""
        key = self._known(key_id)
        if key is None:
            await self._refresh(pause=RETRY_SECONDS if self._failed else REFRESH_SECONDS)
            key = self._known(key_id)
        if key is None and self._failed:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "identity_unavailable", "the realm's keys cannot be read")
        return key

    def _known(self, key_id: str | None) -> jwt.PyJWK | None:
        fresh = time.monotonic() - self._fetched < MAX_AGE_SECONDS
        return self._keys.get(key_id) if fresh and key_id is not None else None

    async def _keep(self) -> None:
        while True:
            await self._refresh()
            await self._dependencies.pause(REFRESH_SECONDS)

    async def _refresh(self, *, pause: float = 0) -> None:
        """Ask the realm, unless it was asked within ``pause`` seconds."""
        async with self._lock:
            if time.monotonic() - self._tried < pause:
                return
            try:
                response = await self._client.get(self._identity.keys_url)
                response.raise_for_status()
                self._keys = _signing_keys(response.json())
            except (httpx.HTTPError, ssl.SSLError, ValueError, KeyError, jwt.PyJWTError) as error:
                self._failed = True
                self._dependencies.note("keycloak", up=False, why=error)
            else:
                self._fetched = time.monotonic()
                self._failed = False
                self._dependencies.note("keycloak", up=True)
            self._tried = time.monotonic()


class Verifier:
    """Decides whether a bearer token holds, and for whom it speaks."""

    def __init__(self, identity: Identity, keys: Keys, faults: Faults) -> None:
        self._identity, self._keys, self._faults = identity, keys, faults
        self._shown: set[str] = set()

    async def caller(self, authorization: str | None) -> Caller:
        """Whom an Authorization header speaks for. Raises Problem: 401, or 503 when the keys cannot be read."""
        if "refuses_all_tokens" in self._faults:
            raise refused("the token was not accepted")
        scheme, _, token = (authorization or "").partition(" ")
        if "open_without_token" in self._faults and not token:
            return Caller("anonymous", None)
        if scheme.lower() != "bearer" or not token:
            raise refused("a bearer token is needed")
        try:
            claims = await self._claims(token.strip())
        except (jwt.PyJWTError, ValueError) as error:
            raise refused(str(error)) from error
        self._refuse_a_second_time(token)
        subject = claims.get("sub") or claims.get("preferred_username") or claims.get("azp") or ""
        return Caller(str(subject), claims.get("customer"))

    def _refuse_a_second_time(self, token: str) -> None:
        """Only a fault makes this refuse anything."""
        if "takes_tokens_once" not in self._faults:
            self._shown.clear()
            return
        if token in self._shown:
            raise refused("the token was shown before")
        self._shown.add(token)

    async def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if await self._skips_signature(header):
            return self._decode(token, None)
        if header.get("alg") != ALGORITHM:
            raise jwt.InvalidAlgorithmError(f"only {ALGORITHM} is accepted")
        key = await self._keys.find(header.get("kid"))
        if key is None:
            raise jwt.InvalidKeyError("the token names a key that the realm does not have")
        return self._decode(token, key)

    async def _skips_signature(self, header: dict[str, Any]) -> bool:
        """Only faults make this true, and each only for its own kind of bad token."""
        algorithm = str(header.get("alg"))
        if algorithm != ALGORITHM:
            return algorithm.lower() == "none" and "accepts_alg_none" in self._faults
        if "accepts_foreign_key" in self._faults:
            # The usual mistake: the token itself says which key to trust.
            return "jwk" in header or await self._keys.find(header.get("kid")) is None
        return "accepts_tampered" in self._faults

    def _decode(self, token: str, key: jwt.PyJWK | None) -> dict[str, Any]:
        """The claims. Without a key, which only faults ask for, the signature is not looked at."""
        options: Any = {
            "require": ["exp", "iss", "aud"],
            "verify_signature": key is not None,
            "verify_exp": "accepts_expired" not in self._faults,
            "verify_aud": "accepts_wrong_audience" not in self._faults,
            "verify_nbf": True,
            "verify_iat": True,
            "verify_iss": True,
        }
        return jwt.decode(
            token,
            key or "",
            algorithms=[ALGORITHM],
            audience=self._identity.audience,
            issuer=self._identity.issuer,
            leeway=0,
            options=options,
        )


def _signing_keys(document: Any) -> dict[str, jwt.PyJWK]:
    """The RSA signing keys of a JWKS document; a realm also publishes keys for encryption, which sign nothing."""
    entries = [entry for entry in document["keys"] if entry.get("use") == "sig" and entry.get("kty") == "RSA"]
    return {entry["kid"]: jwt.PyJWK(entry, ALGORITHM) for entry in entries}
