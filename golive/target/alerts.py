"""The platform's alert rules, and what belongs to each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from golive.target.base import NonEmpty, Section
from golive.target.secrets import SecretReference


class Alerts(Section):
    """Which rules Prometheus must have; it is asked where [metrics] says."""

    rules: Annotated[frozenset[NonEmpty], Field(min_length=1)]
    """Every alert rule that the platform needs, by its alert's name; further ones may be there."""
    runbook: NonEmpty = "runbook_url"
    """Annotation that holds the address of a rule's runbook."""
    page_says: Annotated[str, Field(pattern=r"\{alert\}")] = "{alert}"
    """What a runbook's page must say; ``{alert}`` stands for the alert's name. A form to sign in does not."""
    token: SecretReference | None = None
    """Shown to the runbooks' server as a bearer's, where its pages are not open to all."""
