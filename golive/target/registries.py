"""The registries that the platform's images come from."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from golive.target.base import HttpUrl, Section
from golive.target.secrets import SecretReference


class Registry(Section):
    """One registry, under the name by which images name it: the part before the first slash, else ``docker.io``."""

    url: HttpUrl | None = None
    """Where its API is, without ``/v2``; https at the registry's own name, where absent."""
    user: str | None = None
    """Who may pull; a robot account or a deploy token's name. Nobody in particular where absent."""
    password: SecretReference | None = None
    token_url: HttpUrl | None = None
    """Where the registry may send golive for a token, and golive show its password, besides the registry itself."""

    def address(self, name: str) -> str:
        """Where its API is, for a registry of that name."""
        return (self.url or f"https://{name}").rstrip("/")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together; leave both out where anybody may pull")
        return self
