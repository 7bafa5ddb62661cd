"""The documentation that customers read, as a site of pages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from golive.target.base import HttpUrl, RoutePath, Section
from golive.target.secrets import SecretReference


class Documentation(Section):
    """The site, and which of its pages must be there."""

    url: HttpUrl
    """Its root; ``pages`` begin there."""
    pages: Annotated[frozenset[RoutePath], Field(min_length=1)]
    """Every page that customers need; each link on these must lead somewhere."""
    says: Annotated[str, Field(pattern=r"\{release\}")] = "{release}"
    """What each page must say of its version; ``{release}`` stands for the release."""
    others: frozenset[HttpUrl] = frozenset()
    """Further hosts, as ``https://api.example.com``, to which links are followed too; those to all others are named."""
    token: SecretReference | None = None
    """Shown to the site as a bearer's, where its pages are not open to all."""
    note: str = ""
    """What the evidence says of it, where it is no ordinary one."""
