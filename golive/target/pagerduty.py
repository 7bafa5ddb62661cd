"""PagerDuty: who is on call for the platform, and how they must be reached."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from golive.target.base import NonEmpty, Section
from golive.target.secrets import SecretReference

HttpsUrl = Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$")]
ContactMethod = Literal[
    "phone_contact_method", "sms_contact_method", "push_notification_contact_method", "email_contact_method"
]


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
    note: str = ""
    """What the evidence says of it, where it is no ordinary one."""
