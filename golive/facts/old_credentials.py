"""Credentials that must be refused, each tried once, beside the current one of the same system, which must be taken.

Each try is the system's own client with another login in the target: what takes a credential for the platform takes it
for the try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, SecretStr

from golive.clients.clickhouse import ClickHouseClient
from golive.clients.http import Request
from golive.clients.object_storage import Keys, ObjectStorageClient, S3Said
from golive.clients.oidc import OidcClient
from golive.clients.postgres import PostgresClient
from golive.errors import CredentialsRefused, ProtocolBroken
from golive.target import Target

TAKEN, REFUSED = "taken", "refused"
MASTER: Final = "master"
NO_CONNECT: Final = "permission denied for database"
"""What PostgreSQL says, after it has taken the password, to a role that may not enter this database."""
UNKNOWN_KEYS: Final = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch"})
"""What S3 says of keys that it does not take."""


@dataclass(frozen=True)
class Tried:
    """One credential at one system: ``taken`` or ``refused``."""

    system: str
    what: str
    state: str


class _Known:
    """A secret that is here already, where a target's reference belongs."""

    source = "the try itself"

    def __init__(self, value: str) -> None:
        self._value = value

    def resolve(self) -> SecretStr:
        return SecretStr(self._value)


def attempt(target: Target, system: str, login: str, password: str, *, default: bool = False) -> str:
    """``taken`` or ``refused``. Raises the client's error for anything else.

    A ``default`` of Keycloak's is an admin's password, tried by the password grant at master's own client.
    """
    ways: Mapping[str, Callable[[], object]] = {
        "postgres": lambda: _postgres(target, login, password),
        "clickhouse": lambda: _clickhouse(target, login, password),
        "object_storage": lambda: _object_storage(target, login, password),
        "identity": lambda: (_admin if default else _client)(target, login, password),
    }
    try:
        ways[system]()
    except CredentialsRefused:
        return REFUSED
    except S3Said as said:
        # Keys that S3 knows, but that may not list this bucket, were taken.
        return REFUSED if said.code in UNKNOWN_KEYS else TAKEN
    return TAKEN


def _postgres(target: Target, login: str, password: str) -> None:
    client = PostgresClient(_with(target, "postgres", role=login, password=_Known(password)))
    try:
        client.query("SELECT 1 AS one")
    except ProtocolBroken as error:
        if NO_CONNECT not in error.message:
            raise


def _clickhouse(target: Target, login: str, password: str) -> None:
    ClickHouseClient(_with(target, "clickhouse", user=login, password=_Known(password))).query("SELECT 1 AS one")


def _object_storage(target: Target, login: str, password: str) -> None:
    bucket = target.object_storage.suite_bucket
    ObjectStorageClient(target).first_keys(bucket, "", 1, keys=Keys(login, password))


def _client(target: Target, login: str, password: str) -> None:
    OidcClient(target).client_credentials(login, password, "openid")


def _admin(target: Target, login: str, password: str) -> None:
    oidc = OidcClient(target, MASTER)
    form = {"grant_type": "password", "client_id": "admin-cli", "username": login, "password": password}
    answer = oidc.ask(Request(f"{oidc.realm_url}/protocol/openid-connect/token", "POST", form=form))
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise CredentialsRefused("identity", f"HTTP {answer.status}")
    if answer.status != HTTPStatus.OK:
        raise ProtocolBroken("identity", f"HTTP {answer.status} to a password", hint="Keycloak's own log says more")


def _with(target: Target, table: str, **changes: object) -> Target:
    section: BaseModel = getattr(target, table)
    return target.model_copy(update={table: section.model_copy(update=changes)})
