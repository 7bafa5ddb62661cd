"""The target's secrets at the moment a client needs one, and the headers that show them."""

from __future__ import annotations

import base64

from pydantic import SecretStr

from golive.errors import CredentialsRefused
from golive.target import SecretReference


def secret(system: str, whose: str, reference: SecretReference | None) -> str:
    """The secret's value. Raises CredentialsRefused, naming where it should have been, never what it is."""
    if reference is None:
        raise CredentialsRefused(system, f"the target names no {whose}", hint="add a reference to it to the target")
    try:
        return reference.resolve().get_secret_value()
    except LookupError as error:
        raise CredentialsRefused(system, f"no {whose}: {error}", hint=f"provide {reference.source}") from error


def bearer(token: SecretStr) -> dict[str, str]:
    """The header that shows the token."""
    return {"Authorization": f"Bearer {token.get_secret_value()}"}


def basic(user: str, password: str) -> dict[str, str]:
    """The header that shows user and password (RFC 7617)."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def credential(
    system: str, user: str | None, password: SecretReference | None, token: SecretReference | None
) -> dict[str, str]:
    """The header of who asks with a token, or as a user with a password; none for who is let in without.

    Raises CredentialsRefused where the secret is not there.
    """
    if token is not None:
        return bearer(SecretStr(secret(system, "token", token)))
    return {} if user is None else basic(user, secret(system, f"password of {user}", password))
