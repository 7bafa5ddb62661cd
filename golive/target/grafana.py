"""The platform's dashboards in Grafana."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from golive.target.base import HttpUrl, NonEmpty, Section
from golive.target.secrets import SecretReference


class Grafana(Section):
    """Grafana, asked with the token of a service account that may read."""

    url: HttpUrl
    token: SecretReference
    dashboards: Annotated[dict[NonEmpty, NonEmpty], Field(min_length=1)]
    """Every dashboard that must be there: its title by its uid."""
    since: Annotated[str, Field(pattern=r"^now-\d+[smhd]$")] = "now-1h"
    """Each panel must have data from then until now."""
    variables: dict[NonEmpty, str] = Field(default_factory=dict)
    """Values of the dashboards' variables, where they are not to be those that are chosen there."""
    may_be_empty: frozenset[NonEmpty] = frozenset()
    """Panels that have no data on a good day, as ``uid: title``: errors, for instance."""
    note: str = ""
    """What the evidence says of it, where it is no ordinary one."""
