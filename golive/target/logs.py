"""The platform's log store, and what of it is usual.

Durations are seconds, rates are errors a second of one service.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from golive.target.base import HttpUrl, NonEmpty, RoutePath, Seconds, Section
from golive.target.secrets import SecretReference

Long = Annotated[float, Field(gt=0, le=31 * 86_400)]


class LogFields(Section):
    """Names of the fields of a record; the defaults are those of the Elastic Common Schema."""

    time: NonEmpty = "@timestamp"
    """Not asked for in Splunk, whose time of an event is always ``_time``."""
    service: NonEmpty = "service.name"
    level: NonEmpty = "log.level"
    message: NonEmpty = "message"


class LogTrace(Section):
    """One request that is to be found in the logs."""

    route: RoutePath
    """A read at the gateway that the MISO persona may make."""
    header: NonEmpty = "X-Request-ID"
    """Request header that takes the id."""
    field: NonEmpty = "request_id"
    """Field of the records that holds it, whole."""
    crosses: Annotated[frozenset[NonEmpty], Field(min_length=1)]
    """Every service that the request crosses, as the records name it."""
    seconds: Seconds = 60
    """Within this time the records must have arrived."""


class Logs(Section):
    """Where the platform's logs are found, and which time before the window they are compared with."""

    kind: Literal["opensearch", "elasticsearch", "splunk"]
    url: HttpUrl
    index: NonEmpty
    """Name or pattern of the indices that hold the platform's logs."""
    user: NonEmpty | None = None
    """May read those indices and nothing else; without it ``secret`` is an API key or a token."""
    secret: SecretReference | None = None
    services: Annotated[frozenset[NonEmpty], Field(min_length=1)]
    """Every service that must be seen to log, as the records name it."""
    fields: LogFields = LogFields()
    error_levels: Annotated[tuple[NonEmpty, ...], Field(min_length=1)] = ("ERROR", "CRITICAL", "FATAL")
    """As they stand in the records: upper and lower case are two."""
    other_levels: tuple[NonEmpty, ...] = ("TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING")
    """That are none of errors, in upper or lower case: a level that is in neither list decides nothing."""
    baseline: Long = 86_400
    """Length of the time that the window is compared with."""
    gap: Long = 3600
    """Between the end of the baseline and the window's begin: what was before the release, or a day earlier."""
    baseline_note: str = ""
    """What the evidence says of the baseline, where it is no ordinary one."""
    block: Seconds = 30
    """Errors are counted by blocks so long, whose unevenness tells how they cluster."""
    tolerated: Annotated[float, Field(gt=1, le=100)] = 2.0
    """The error rate may be so many times the baseline's at most."""
    negligible: Annotated[float, Field(ge=0)] = 0.01
    """A rate that is no matter, whatever the baseline's is."""
    masks: tuple[NonEmpty, ...] = ()
    """Regular expressions of what differs between messages of one kind, besides numbers, addresses and quoted words."""
    arrival: Seconds = 60
    """Within this time after the window its last record must have arrived in the store."""
    trace: LogTrace | None = None
    max_records: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000
    """Errors that are read in the window, and in the baseline, for what their messages say."""

    @field_validator("masks")
    @classmethod
    def _compile(cls, masks: tuple[str, ...]) -> tuple[str, ...]:
        for mask in masks:
            try:
                re.compile(mask)
            except re.error as error:
                raise ValueError(f"{mask!r} is no regular expression: {error}") from None
        return masks

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.user is not None and self.secret is None:
            raise ValueError("a user needs a secret, the password")
        if self.trace and not self.trace.crosses <= self.services:
            lacking = ", ".join(sorted(self.trace.crosses - self.services))
            raise ValueError(f"trace.crosses names {lacking}, which services lacks")
        if self.kind == "splunk" and self.secret is None:
            raise ValueError("Splunk answers nobody without a secret: a token, or a password with user")
        if self.baseline / self.block < 2:  # noqa: PLR2004 - one block tells nothing of how errors cluster
            raise ValueError(f"a baseline of {self.baseline:g} s must hold two blocks of {self.block:g} s or more")
        return self
