"""The page that tells customers how the platform does: Atlassian's Statuspage."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from golive.target.base import NonEmpty, Section
from golive.target.secrets import SecretReference


class StatusPage(Section):
    """One page, asked by Statuspage's API."""

    url: Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$")] = "https://api.statuspage.io/v1"
    token: SecretReference
    """A key of the API; Statuspage has none that may only read."""
    page: NonEmpty
    """Id of the page."""
    components: Annotated[frozenset[NonEmpty], Field(min_length=1)]
    """Every component of the platform, by name."""
    maintenance: Annotated[str, Field(pattern=r"\{release\}")] = "{release}"
    """What the name of the deployment's maintenance holds; ``{release}`` stands for the release."""
    live_since: AwareDatetime
    """When the release went live: customers must have been told something since."""
    note: str = ""
    """What the evidence says of it, where it is no ordinary one."""
