"""What an access token says, what is wrong with it, and what forgers would make of it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from golive.errors import ProtocolBroken
from golive.target.model import Identity

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SYSTEM = "identity"
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Algorithms whose public key cannot sign: what every verifier of a platform may be given."""
CLOCK_GRAIN = 1.0
"""Seconds. ``iat`` and ``exp`` are each cut to whole ones, by two looks at the clock: Keycloak's tokens of 300 s live
for 301 by their own words where a second begins in between."""
FORGERIES = (
    "changed payload",
    "alg none",
    "signed by a foreign key of the same kid",
    "signed by a key that it brings along",
)
"""What forgers change, in words."""


@dataclass(frozen=True)
class Token:
    """An access token taken apart. Nothing here has been verified yet; ``problems_of`` does that."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    text: SecretStr = field(repr=False)

    @classmethod
    def read(cls, text: SecretStr) -> Token:
        """The token's parts. Raises ProtocolBroken for what is no JSON Web Token."""
        try:
            header, claims, _ = text.get_secret_value().split(".")
            return cls(_decoded(header), _decoded(claims), text)
        except (ValueError, TypeError) as error:
            raise ProtocolBroken(
                SYSTEM, "an access token is no JSON Web Token", hint="is the realm set to opaque or lightweight tokens?"
            ) from error

    @property
    def lifetime(self) -> int:
        """Seconds from issue to expiry, by the issuer's own clock; -1 where the token does not say."""
        begun, ends = self.claims.get("iat"), self.claims.get("exp")
        return int(ends - begun) if isinstance(begun, int | float) and isinstance(ends, int | float) else -1

    @property
    def audience(self) -> tuple[str, ...]:
        """Its ``aud``, as a tuple however it was written."""
        found = self.claims.get("aud", ())
        return (found,) if isinstance(found, str) else tuple(sorted(map(str, found)))


def problems_of(token: Token, identity: Identity, client_id: str, keys: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Everything that is wrong with a token that the realm issued to the client; empty for a good one."""
    claims = token.claims
    found = [
        _signature(token, keys),
        _unless(claims.get("iss") == identity.issuer, f"iss is {claims.get('iss')!r}, not {identity.issuer!r}"),
        _unless(identity.audience in token.audience, f"aud is {list(token.audience)}, without {identity.audience!r}"),
        _unless(claims.get("azp") == client_id, f"azp is {claims.get('azp')!r}, not {client_id!r}"),
        _unless(token.lifetime > 0, "it does not say when it was issued and expires"),
        _unless(claims.get("exp", 0) > time.time(), "it is expired already"),
        _unless(
            token.lifetime <= identity.max_token_seconds + CLOCK_GRAIN,
            f"it lives {token.lifetime} s, longer than {identity.max_token_seconds:g} s",
        ),
    ]
    return tuple(problem for problem in found if problem)


def forgeries(token: Token) -> dict[str, SecretStr]:
    """The token as forgers would change it, by what was changed; each must be refused."""
    claims = dict(token.claims)
    promoted = {**claims, "sub": "golive-forged", "preferred_username": "golive-forged"}
    header, payload, signature = token.text.get_secret_value().split(".")
    algorithm = str(token.header.get("alg"))
    key = _foreign_key(algorithm)
    with_own_key = {**token.header, "jwk": _public_jwk(key, algorithm)}
    texts = (
        f"{header}.{_encoded(promoted)}.{signature}",
        f"{_encoded({**token.header, 'alg': 'none'})}.{payload}.",
        _signed(claims, key, algorithm, token.header),
        _signed(claims, key, algorithm, with_own_key),
    )
    return dict(zip(FORGERIES, map(SecretStr, texts), strict=True))


def _signature(token: Token, keys: Iterable[Mapping[str, Any]]) -> str:
    import jwt

    key_id, algorithm = token.header.get("kid"), token.header.get("alg")
    if algorithm not in ASYMMETRIC:
        return f"alg is {algorithm!r}, which is none of a public key's"
    key = next((key for key in keys if key.get("kid") == key_id), None)
    if key is None:
        return f"kid {key_id!r} is not among the realm's keys"
    try:
        jwt.decode(
            token.text.get_secret_value(),
            jwt.PyJWK(dict(key), algorithm),
            algorithms=[algorithm],
            options={"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.PyJWTError as error:
        return f"its signature does not verify: {error}"
    return ""


def _unless(holds: bool, problem: str) -> str:  # noqa: FBT001 - reads as a sentence
    return "" if holds else problem


def _foreign_key(algorithm: str) -> RSAPrivateKey | EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    if algorithm in curves:
        return ec.generate_private_key(curves[algorithm])
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _signed(
    claims: dict[str, Any], key: RSAPrivateKey | EllipticCurvePrivateKey, algorithm: str, header: Mapping[str, Any]
) -> str:
    import jwt

    extra = {name: value for name, value in header.items() if name != "alg"}
    return jwt.encode(claims, key, algorithm=_usable(key, algorithm), headers=extra)


def _public_jwk(key: RSAPrivateKey | EllipticCurvePrivateKey, algorithm: str) -> dict[str, Any]:
    from jwt.algorithms import get_default_algorithms

    used = get_default_algorithms()[_usable(key, algorithm)]
    found: dict[str, Any] = json.loads(used.to_jwk(key.public_key()))
    return found


def _usable(key: RSAPrivateKey | EllipticCurvePrivateKey, algorithm: str) -> str:
    """The token's own algorithm; RS256 where the foreign key cannot have that of the token."""
    fits = algorithm.startswith("ES") if hasattr(key, "curve") else algorithm.startswith(("RS", "PS"))
    return algorithm if fits else "RS256"


def _decoded(part: str) -> dict[str, Any]:
    found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(found, dict):
        raise TypeError("not a JSON object")
    return found


def _encoded(content: Mapping[str, Any]) -> str:
    data = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
