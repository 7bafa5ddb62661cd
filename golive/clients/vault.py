"""Vault's key-value engine of version 2, its metadata only: names, versions, and when each was made.

https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-metadata; OpenBao's is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import secret
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target import Target
from golive.target.secret_rotation import Vault

SYSTEM: Final = "vault"
_FRACTION: Final = 26
"""Characters of a time up to microseconds: Vault writes nanoseconds."""


@dataclass(frozen=True)
class Metadata:
    """What Vault tells of one secret: its version, when that was made, and what the rotation noted beside it."""

    name: str
    version: int
    made: datetime
    notes: Mapping[str, str]


class VaultClient:
    """One path below which the platform's secrets stand."""

    def __init__(self, target: Target, settings: Vault) -> None:
        self._settings = settings
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def names(self) -> tuple[str, ...]:
        """The secrets below the path. Raises CredentialsRefused or ProtocolBroken where they cannot be listed."""
        found = self._data(self._ask("", {"list": "true"}), "the list")
        keys = found.get("keys")
        if not isinstance(keys, list):
            raise self._broken("a list without keys")
        return tuple(str(key) for key in keys)

    def metadata(self, name: str) -> Metadata:
        """Of that secret."""
        found = self._data(self._ask(f"/{quote(name, safe='')}", {}), name)
        try:
            version = int(found["current_version"])
            made = str(found["versions"][str(version)]["created_time"])
            moment = datetime.fromisoformat(made.removesuffix("Z")[:_FRACTION] + "+00:00")
        except (KeyError, TypeError, ValueError) as error:
            raise self._broken(f"metadata of {name} without a version's time ({type(error).__name__})") from error
        return Metadata(name, version, moment, dict(found.get("custom_metadata") or {}))

    def _ask(self, below: str, query: Mapping[str, str]) -> Answer:
        settings = self._settings
        url = f"{settings.url.rstrip('/')}/v1/{settings.mount}/metadata/{settings.path.strip('/')}{below}"
        headers = {"X-Vault-Token": secret(SYSTEM, "token", settings.token)}
        return self._http.ask(Request(url, headers=headers, params=query))

    def _data(self, answer: Answer, what: str) -> Mapping[str, Any]:
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise CredentialsRefused(
                SYSTEM,
                f"HTTP {answer.status} for {what} below {self._settings.path}",
                hint="the token's policy must allow list and read on the metadata of that path",
            )
        content = answer.json()
        data = content.get("data") if isinstance(content, dict) else None
        if answer.status != HTTPStatus.OK or not isinstance(data, dict):
            raise self._broken(f"HTTP {answer.status} for {what}")
        return data

    def _broken(self, seen: str) -> CannotEstablish:
        hint = "is it a key-value engine of version 2, and is secret_rotation.vault.path right?"
        return ProtocolBroken(SYSTEM, f"{self._settings.url} answers {seen}", hint=hint)
