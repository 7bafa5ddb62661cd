"""The platform's alert rules, and what belongs to each."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from golive.target.base import HttpUrl, NonEmpty, Section
from golive.target.secrets import SecretReference


class Manager(Section):
    """Alertmanager: asked with a user's password, or with a token, where it wants either."""

    url: HttpUrl
    """Below which ``/api/v2`` stands."""
    user: NonEmpty | None = None
    password: SecretReference | None = None
    token: SecretReference | None = None
    paging: Annotated[dict[NonEmpty, NonEmpty], Field(min_length=1)]
    """For each severity that pages, the receiver to which its alerts must go."""
    test_receiver: NonEmpty
    """To which alerts with the test's label go, and nothing else: that of [pagerduty.test]."""
    test_label: NonEmpty = "golive_test"
    test_value: NonEmpty = "true"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        if self.test_receiver in self.paging.values():
            raise ValueError("test_receiver is one that pages, so a test would page people")
        return self


class Alerts(Section):
    """Which rules Prometheus must have; it is asked where [metrics] says."""

    rules: Annotated[frozenset[NonEmpty], Field(min_length=1)]
    """Every alert rule that the platform needs, by its alert's name; further ones may be there."""
    runbook: NonEmpty = "runbook_url"
    """Annotation that holds the address of a rule's runbook."""
    page_says: Annotated[str, Field(pattern=r"\{alert\}")] = "{alert}"
    """What a runbook's page must say; ``{alert}`` stands for the alert's name. A form to sign in does not."""
    severity: NonEmpty = "severity"
    """Label that says how severe an alert is."""
    manager: Manager | None = None
    token: SecretReference | None = None
    """Shown to the runbooks' server as a bearer's, where its pages are not open to all."""
