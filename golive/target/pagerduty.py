"""PagerDuty: who is on call for the platform, and how they must be reached."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from golive.target.base import NonEmpty, Seconds, Section
from golive.target.secrets import SecretReference

HttpsUrl = Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$")]
ContactMethod = Literal[
    "phone_contact_method", "sms_contact_method", "push_notification_contact_method", "email_contact_method"
]


class PagingService(Section):
    """A service and the key of the integration by which events come to it."""

    service: NonEmpty
    """Its id."""
    key: SecretReference
    """Integration key of the Events API, version 2: the very secret that Alertmanager is given."""


class Standby(Section):
    """Who must be on standby for a deployment, which preflight.team_on_standby looks at."""

    roles: Annotated[dict[NonEmpty, NonEmpty], Field(min_length=1)]
    """Under each role the id of the schedule that says who holds it."""
    hours: Annotated[float, Field(gt=0, le=48)] = 4
    """For so long from now each role must be held: until the release is judged."""
    minutes: Annotated[float, Field(gt=0, le=1440)] = 120
    """So long an answer to the roll-call counts."""


class PagerDuty(Section):
    """The account, asked with a read-only key of its REST API."""

    url: HttpsUrl = "https://api.pagerduty.com"
    """``https://api.eu.pagerduty.com`` in the European region."""
    token: SecretReference
    policy: NonEmpty
    """Id of the escalation policy of the platform's service."""
    days: Annotated[int, Field(ge=1, le=90)] = 14
    """For so many days from now somebody must be on call."""
    levels: Annotated[int, Field(ge=2)] = 2
    """The policy must have so many levels at least."""
    reach_by: Annotated[frozenset[ContactMethod], Field(min_length=1)] = frozenset(
        {"phone_contact_method", "sms_contact_method", "push_notification_contact_method"}
    )
    """By one of these a person on call must be told of what is urgent."""
    within_minutes: Annotated[int, Field(ge=0, le=60)] = 5
    """So soon."""
    events_url: HttpsUrl = "https://events.pagerduty.com"
    production: PagingService | None = None
    """By which people are paged. It is only looked at."""
    test: PagingService | None = None
    """To which a test event is sent, which opens an incident and ends it."""
    standby: Standby | None = None
    pages_people: bool = False
    """Consent to a test service that is the production one: real people are then paged, once a run."""
    seconds: Seconds = 30
    """Within this time an incident must follow each event."""
    note: str = ""
    """What the evidence says of it, where it is no ordinary one."""

    @model_validator(mode="after")
    def _consented(self) -> Self:
        same = self.production and self.test and self.production.service == self.test.service
        if same and not self.pages_people:
            words = "test.service is production.service, so a test pages real people"
            raise ValueError(f"{words}: pages_people = true consents to that")
        return self
