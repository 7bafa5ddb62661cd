"""Who may ask, and for what: an administrator for everything, an application for reads and inserts."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from golive_lab.clickhouse_http.errors import Code, ServerError
from golive_lab.clickhouse_http.statements import Kind, Statement


@dataclass(frozen=True)
class User:
    """A user of this face, and whether everything is allowed to it."""

    name: str
    password: str
    administrator: bool
    also: str | None = None
    """A second password: a user of ClickHouse may have several at once. The empty one lets in who shows none."""

    def check(self, statement: Statement) -> None:
        """Raise ServerError for a statement that this user may not run."""
        if not self.administrator and statement.kind is Kind.OTHER:
            words = f"{self.name}: Not enough privileges. This user may read and insert, and nothing else."
            raise ServerError.of(Code.ACCESS_DENIED, words)


def authenticate(users: Mapping[str, User], headers: Mapping[str, str], query: Mapping[str, str]) -> User:
    """The user that a request names in its Basic header, its X-ClickHouse headers or its query.

    Raises ServerError, the same for a wrong password and for an unknown user.
    """
    name, password = _credentials(headers, query)
    user = users.get(name)
    expected = user.password if user else ""
    right = hmac.compare_digest(expected.encode(), password.encode())
    if user is not None and user.also is not None:
        right = right or hmac.compare_digest(user.also.encode(), password.encode())
    if user is None or not right:
        raise ServerError.of(
            Code.AUTHENTICATION_FAILED,
            f"{name}: Authentication failed: password is incorrect, or there is no user with such name.",
        )
    return user


def _credentials(headers: Mapping[str, str], query: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise ServerError.of(Code.AUTHENTICATION_FAILED, "the Basic header cannot be decoded") from None
        return name or "default", password
    name = headers.get("x-clickhouse-user") or query.get("user") or "default"
    return name, headers.get("x-clickhouse-key") or query.get("password", "")
