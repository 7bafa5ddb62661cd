"""Secrets are named in a target, never written there: ``{ env = "NAME" }`` or ``{ file = "/path" }``."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator


class SecretReference(BaseModel):
    """Where a secret is to be read from: exactly one of an environment variable and a mounted file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_reference(cls, value: object) -> object:
        if isinstance(value, str):
            # The value itself is deliberately absent from the message: it may be the secret.
            raise ValueError(  # noqa: TRY004 - pydantic reports ValueError as a validation error
                'a value stands where a reference belongs; write { env = "NAME" } or { file = "/path" }'
            )
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretReference:
        if (self.env is None) == (self.file is None):
            raise ValueError('name exactly one source: { env = "NAME" } or { file = "/path" }')
        return self

    @property
    def source(self) -> str:
        """The reference in words, safe to print."""
        return f"environment variable {self.env}" if self.env else f"file {self.file}"

    def resolve(self) -> SecretStr:
        """Read the secret; one trailing newline of a file is dropped.

        Raises LookupError, with the source but never the content, when it is missing or empty.
        """
        if self.env is not None:
            text = os.environ.get(self.env, "")
        else:
            try:
                text = Path(str(self.file)).read_text(encoding="utf-8").removesuffix("\n")
            except OSError as error:
                raise LookupError(f"{self.source} cannot be read: {error.strerror}") from None
        if not text:
            raise LookupError(f"{self.source} is not set or empty")
        return SecretStr(text)

    def secrets(self) -> list[SecretStr]:
        """What must never be shown of it. Raises LookupError as ``resolve`` does."""
        return [self.resolve()]


class KubeconfigReference(SecretReference):
    """A kubeconfig, of which only the credentials are secret: its addresses and names belong in messages."""

    def secrets(self) -> list[SecretStr]:
        """Tokens, passwords and keys of all users; everything, where the file cannot be read as a kubeconfig."""
        import yaml  # noqa: PLC0415 - takes part in no run without a cluster

        text = self.resolve()
        try:
            users = [each.get("user") or {} for each in yaml.safe_load(text.get_secret_value())["users"]]
        except (yaml.YAMLError, AttributeError, KeyError, TypeError):
            return [text]
        return [SecretStr(value) for user in users for value in _credentials(user)]


_PUBLIC = frozenset(
    {"client-certificate", "client-certificate-data", "client-key", "username", "as", "as-uid", "as-groups"}
)
"""Of a kubeconfig's user: names, files, and what everybody may see."""


def _credentials(value: object) -> Iterator[str]:
    """Every text below a user of a kubeconfig but the public ones; of a command, only its environment's values."""
    if isinstance(value, str):
        yield value
        with suppress(ValueError):
            yield from _key_lines(base64.b64decode(value, validate=True).decode())
    elif isinstance(value, list):
        for each in value:
            yield from _credentials(each)
    elif isinstance(value, dict):
        if "command" in value:
            yield from (str(each.get("value", "")) for each in value.get("env") or ())
            return
        for name, inner in value.items():
            if name not in _PUBLIC:
                yield from _credentials(inner)


def _key_lines(pem: str) -> Iterator[str]:
    """The lines of a key without its frame."""
    if pem.startswith("-----"):
        yield from (line for line in pem.splitlines() if line and not line.startswith("-"))
