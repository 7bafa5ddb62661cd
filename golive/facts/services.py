"""The platform's services by their own health answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from golive.clients.http import Answer, HttpClient, Request
from golive.errors import CannotEstablish, Reason, Unreachable
from golive.facts.release import expected_tag
from golive.target import Target
from golive.target.model import HealthFormat

SYSTEM = "services"
_WORDS = {Reason.TIMEOUT: "late", Reason.UNREACHABLE: "refused", Reason.TLS: "TLS failed", Reason.PROTOCOL: "garbled"}


@dataclass(frozen=True)
class ServiceHealth:
    """One health answer. ``state`` is ``healthy``, ``down: <what it said>``, ``late``, ``refused`` or ``HTTP 500``."""

    service: str
    state: str
    version: str
    elapsed_ms: int
    url: str

    @property
    def seen(self) -> tuple[str, str]:
        """State and version, as they are compared."""
        return self.state, self.version


class Services:
    """Every service that the target declares."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def health(self) -> tuple[ServiceHealth, ...]:
        """The health of each service, all asked at the same time, each within ``limits.health``.

        Raises Unreachable where none of them answers at all, TimedOut where all of them were late.
        """
        declared = self.target.services
        answers = self._http.ask_all(
            {name: Request(service.health) for name, service in declared.items()}, seconds=self.target.limits.health
        )
        errors = [answer for answer in answers.values() if isinstance(answer, CannotEstablish)]
        if len(errors) == len(answers):
            raise _none_answered(errors)
        return tuple(
            self._fact(name, answer, declared[name].format or self.target.health) for name, answer in answers.items()
        )

    def expected(self, tag: str) -> dict[str, tuple[str, str]]:
        """What must be seen of each service that the target declares. Raises WrongVersion for an empty tag."""
        tag = expected_tag(tag, SYSTEM)
        return dict.fromkeys(self.target.services, ("healthy", tag))

    def _fact(self, name: str, answer: Answer | CannotEstablish, form: HealthFormat) -> ServiceHealth:
        url = self.target.services[name].health
        if isinstance(answer, CannotEstablish):
            return ServiceHealth(name, _WORDS.get(answer.reason, str(answer.reason)), "", 0, url)
        return ServiceHealth(
            name, _state(answer, form), answer.value(form.version)[:60], round(answer.seconds * 1000), url
        )


def _state(answer: Answer, form: HealthFormat) -> str:
    if answer.status != HTTPStatus.OK:
        return f"HTTP {answer.status}"
    said = answer.value(form.healthy)
    if said == form.healthy.equals:
        return "healthy"
    return f"down: {said[:60]}" if said else "down: its answer has no status where the target expects one"


def _none_answered(errors: Iterable[CannotEstablish]) -> CannotEstablish:
    errors = list(errors)
    first = errors[0]
    kinds = {type(error) for error in errors}
    kind = type(first) if len(kinds) == 1 else Unreachable
    words = f"none of the {len(errors)} services answered; the first: {first.message}"
    return kind(SYSTEM, words, hint=first.hint or "is the platform running, and may this host reach it?")
