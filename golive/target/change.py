"""The change record of the deployment, and which of its fields say what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from golive.target.base import NonEmpty, Section
from golive.target.secrets import SecretReference


class Change(Section):
    """One record in ServiceNow's table change_request, or one issue of Jira's."""

    kind: Literal["servicenow", "jira"]
    url: Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$")]
    """``https://acme.service-now.com``, ``https://acme.atlassian.net``."""
    number: NonEmpty
    """``CHG0030001``; an issue's key in Jira."""
    user: NonEmpty | None = None
    """Whose password or API token ``token`` is; without one, ``token`` is shown as a bearer's."""
    token: SecretReference
    """May read the record."""
    approval: NonEmpty
    """Field that says whether it is approved: ``approval`` in ServiceNow, ``status`` where Jira's workflow says it."""
    approved: Annotated[tuple[NonEmpty, ...], Field(min_length=1)]
    """What stands there then."""
    release: NonEmpty
    """Field that names the release: ``u_release``, ``fixVersions``; a list may name others beside it."""
    names: Annotated[str, Field(pattern=r"\{release\}")] = "{release}"
    """How it is named there; ``{release}`` stands for the release that is to go live."""
    start: NonEmpty = "start_date"
    """Field with the beginning of the planned window; ServiceNow's own is the default, in Jira it is a custom one."""
    end: NonEmpty = "end_date"
    note: str = ""
    """What the evidence says of it, where it is no ordinary one."""
