"""The platform's secrets: where their ages are told, who uses them, and which old ones must be refused."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from golive.target.base import HttpUrl, NonEmpty, Section
from golive.target.secrets import SecretReference


class Vault(Section):
    """Vault's key-value engine of version 2, or OpenBao's; its metadata alone are read, never a secret."""

    url: HttpUrl
    token: SecretReference
    """Of a policy that may list and read the metadata below ``path``."""
    mount: NonEmpty = "secret"
    path: NonEmpty
    """Below which the platform's secrets stand, each by its name."""
    note: str = ""
    """Shown with what it tells."""


class PlatformSecret(Section):
    """One secret, under the name that it has below ``vault.path``."""

    system: Literal["postgres", "clickhouse", "object_storage", "identity"]
    login: NonEmpty | None = None
    """Role, user or client that it belongs to; for object storage the target's own access key, where absent."""
    current: SecretReference
    revoked: SecretReference
    """The version before, which must be refused."""
    consumers: frozenset[NonEmpty] = frozenset()
    """Services that use it, and so must have been started after it was made; none where only customers do."""

    @model_validator(mode="after")
    def _has_a_login(self) -> Self:
        if self.login is None and self.system != "object_storage":
            raise ValueError(f"a secret of {self.system} also needs its login")
        return self


class Default(Section):
    """Well-known credentials that must be refused. They are public, so they stand here as they are."""

    system: Literal["postgres", "clickhouse", "object_storage", "identity"]
    login: NonEmpty
    password: str = Field(default="", repr=False)


class SecretRotation(Section):
    """Every secret of the platform, and what shows that it was rotated."""

    vault: Vault
    fingerprint_key: SecretReference
    """Key of the HMAC-SHA-256 by which the rotation notes each secret, as ``fingerprint`` and ``previous_fingerprint``
    among its custom metadata: the same secret has the same one, and nobody can guess it from it."""
    max_age_days: Annotated[float, Field(gt=0)] = 90
    secrets: Annotated[dict[NonEmpty, PlatformSecret], Field(min_length=1)]
    defaults: Annotated[tuple[Default, ...], Field(min_length=1)]
    started: NonEmpty = 'min(process_start_time_seconds{job="{service}"})'
    """PromQL for when the oldest process of a service was started, in Unix seconds."""
