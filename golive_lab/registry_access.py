"""Tokens that the lab's registry takes, as the registry's authorization service signs them.

https://distribution.github.io/distribution/spec/auth/jwt/: what is allowed stands in ``access``, and the certificate of
who signed it in the header, which the registry checks against the authority that it was told.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Sequence
from typing import Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

ISSUER: Final = "golive lab tokens"
SERVICE: Final = "golive lab registry"
SECONDS: Final = 300
"""How long a token counts."""
CLOCK_LEEWAY: Final = 30


def access(scope: str, actions: frozenset[str]) -> dict[str, Any] | None:
    """``repository:NAME:pull,push`` as a claim, less what is not among ``actions``; None for anything else."""
    kind, _, rest = scope.partition(":")
    name, _, wanted = rest.rpartition(":")
    if kind != "repository" or not name:
        return None
    return {"type": kind, "name": name, "actions": sorted(set(wanted.split(",")) & actions)}


def signed(key: bytes, chain: bytes, user: str, claims: Sequence[dict[str, Any]]) -> str:
    """A token for that user, signed with a PEM key whose certificate is the first of the PEM chain."""
    now = int(time.time())
    certificate = x509.load_pem_x509_certificates(chain)[0]
    payload = {
        "iss": ISSUER,
        "sub": user,
        "aud": SERVICE,
        "exp": now + SECONDS,
        "nbf": now - CLOCK_LEEWAY,
        "iat": now,
        "jti": uuid.uuid4().hex,
        "access": list(claims),
    }
    shown = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return jwt.encode(payload, key.decode(), algorithm="ES256", headers={"x5c": [shown]})
