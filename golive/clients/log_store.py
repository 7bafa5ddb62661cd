"""One face of every log store: how many records and errors each service logged, and what the errors say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from golive.clients.secret import basic, secret
from golive.target import Target
from golive.target.logs import Logs
from golive.target.needed import required

SYSTEM = "logs"


@dataclass(frozen=True)
class Span:
    """A time from ``began`` until just before ``ended``, both Unix times, in so many blocks of equal length."""

    began: float
    ended: float
    blocks: int = 1

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ended - self.began

    @property
    def edges_ms(self) -> tuple[int, ...]:
        """Where blocks begin, and where the last one ends, in milliseconds since 1970."""
        return tuple(round(1000 * (self.began + self.seconds * n / self.blocks)) for n in range(self.blocks + 1))


@dataclass(frozen=True)
class ServiceLog:
    """What one service logged in a span: records of every level, errors by block, and how many of each level.

    Those without a level have an empty one.
    """

    records: int
    errors: tuple[int, ...]
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ErrorRecord:
    """One error."""

    service: str
    message: str


@dataclass(frozen=True)
class Errors:
    """The errors of a span, the earliest first; not ``complete`` where there are more than the target's limit."""

    records: tuple[ErrorRecord, ...]
    complete: bool


class LogStore(Protocol):
    """Each method raises CannotEstablish where the store does not answer for all of its data."""

    def newest(self, since: float) -> Mapping[str, float]:
        """Unix time of the latest record of each service that has any since then."""

    def mentions(self, name: str, since: float) -> Mapping[str, int]:
        """How many records of each service name that request since then; a service without any is absent."""

    def counts(self, span: Span) -> Mapping[str, ServiceLog]:
        """What each service logged; one that logged nothing is absent."""

    def errors(self, span: Span) -> Errors:
        """What was logged at the levels of errors."""


def credentials(settings: Logs, scheme: str) -> dict[str, str]:
    """Headers that show the store's secret: of the user where one is named, else by itself as that scheme's."""
    if settings.secret is None:
        return {}
    value = secret(SYSTEM, "secret of the log store", settings.secret)
    return {"Authorization": f"{scheme} {value}"} if settings.user is None else basic(settings.user, value)


def log_store(target: Target, item: str) -> LogStore:
    """The target's. Raises NotDescribed where it has none."""
    settings = required(target.logs, "logs", item)
    if settings.kind == "splunk":
        from golive.clients.splunk import SplunkClient

        return SplunkClient(target, settings)
    from golive.clients.opensearch import OpenSearchClient

    return OpenSearchClient(target, settings)
