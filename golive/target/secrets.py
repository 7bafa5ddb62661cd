"""Secrets are named in a target, never written there: ``{ env = "NAME" }`` or ``{ file = "/path" }``."""

from __future__ import annotations

import os
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
