"""What is found wrong with a token, and that each forgery is one."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from pydantic import SecretStr

from golive.clients.totp import OneTimePasswords, code
from golive.errors import CredentialsRefused, ProtocolBroken
from golive.facts.tokens import FORGERIES, Token, forgeries, problems_of
from golive.target.load import read
from golive.target.model import Identity

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
KEYS: list[dict[str, Any]] = [
    {**json.loads(RSAAlgorithm.to_jwk(RSA.public_key())), "kid": "rsa", "use": "sig"},
    {**json.loads(ECAlgorithm.to_jwk(EC.public_key())), "kid": "ec", "use": "sig"},
]


@pytest.fixture(scope="module")
def identity() -> Identity:
    return read(Path(__file__).parents[2] / "targets" / "lab.toml").target.identity


def token(identity: Identity, *, alg: str = "RS256", kid: str = "rsa", **changed: Any) -> Token:
    now = int(time.time())
    claims = {
        "iss": identity.issuer, "aud": [identity.audience, "account"], "azp": "mi-web", "iat": now, "exp": now + 300,
    } | changed  # fmt: skip
    key = EC if alg.startswith("ES") else RSA
    text = jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm=alg, headers={"kid": kid})
    return Token.read(SecretStr(text))


@pytest.mark.parametrize(("alg", "kid"), [("RS256", "rsa"), ("PS512", "rsa"), ("ES256", "ec")])
def test_a_good_token_has_no_problems(identity: Identity, alg: str, kid: str) -> None:
    assert problems_of(token(identity, alg=alg, kid=kid), identity, "mi-web", KEYS) == ()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"iss": "https://elsewhere.test/realms/x"}, "iss is"),
        ({"aud": "account"}, "aud is ['account'], without 'mi-api'"),
        ({"aud": None}, "aud is [], without 'mi-api'"),
        ({"azp": "another"}, "azp is 'another', not 'mi-web'"),
        ({"exp": None}, "it does not say when"),
        ({"iat": 1_000_000, "exp": 1_000_300}, "it is expired already"),
        ({"exp": int(time.time()) + 86_400}, "longer than 300 s"),
        ({"kid": "unknown"}, "kid 'unknown' is not among the realm's keys"),
        ({"kid": "ec"}, "its signature does not verify"),
    ],
)
def test_each_fault_of_a_token_is_named(identity: Identity, changed: dict[str, Any], problem: str) -> None:
    assert problem in " | ".join(problems_of(token(identity, **changed), identity, "mi-web", KEYS))


def test_a_lifetime_may_be_over_the_limit_by_the_grain_of_its_clock_and_no_more(identity: Identity) -> None:
    now = int(time.time())
    for seconds, expected in ((300, ()), (301, ()), (302, ("it lives 302 s, longer than 300 s",))):
        looked_at = token(identity, iat=now, exp=now + seconds)
        assert problems_of(looked_at, identity, "mi-web", KEYS) == expected


@pytest.mark.parametrize(("alg", "kid"), [("RS256", "rsa"), ("PS256", "rsa"), ("ES256", "ec")])
def test_every_forgery_differs_and_none_verifies(identity: Identity, alg: str, kid: str) -> None:
    good = token(identity, alg=alg, kid=kid)
    forged = forgeries(good)
    assert tuple(forged) == FORGERIES
    for name, text in forged.items():
        read_again = Token.read(text)
        problems = problems_of(read_again, identity, "mi-web", KEYS)
        assert text != good.text, name
        assert read_again.header["kid"] == kid, name
        assert any("signature" in problem or "alg" in problem for problem in problems), (name, problems)


def test_the_key_that_a_forgery_brings_along_is_the_one_that_signed_it(identity: Identity) -> None:
    text = forgeries(token(identity))["signed by a key that it brings along"]
    brought = Token.read(text).header["jwk"]
    assert "d" not in brought
    jwt.decode(text.get_secret_value(), jwt.PyJWK(brought, "RS256"), algorithms=["RS256"], audience=identity.audience)


def test_what_is_no_token_is_said_to_be_none_without_being_shown() -> None:
    with pytest.raises(ProtocolBroken) as caught:
        Token.read(SecretStr("an-opaque-handle"))
    assert "opaque-handle" not in str(caught.value)


def test_one_time_passwords_are_those_of_the_standard() -> None:
    key = b"12345678901234567890"  # RFC 6238, appendix B: T = 59, 1111111109, 20000000000
    assert [code(key, at // 30) for at in (59, 1_111_111_109, 20_000_000_000)] == ["287082", "081804", "353130"]


def test_no_one_time_password_is_given_out_twice_while_there_are_others() -> None:
    passwords = OneTimePasswords("identity", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert len({*passwords.unused(now=3000.0)}) == 3
    assert list(passwords.unused(now=3000.0)) == [code(b"12345678901234567890", 100)]
    assert list(passwords.unused(now=3030.0)) == [code(b"12345678901234567890", 102)]


def test_a_seed_that_is_none_is_not_shown() -> None:
    with pytest.raises(CredentialsRefused) as caught:
        OneTimePasswords("identity", "not-base32!")
    assert "not-base32" not in str(caught.value)
