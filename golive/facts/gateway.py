"""The API gateway under its public URL: what it answers to whom, and which release does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import bearer
from golive.errors import CannotEstablish, WrongVersion
from golive.facts.release import confirm
from golive.target import Target
from golive.target.model import Gateway as Settings
from golive.waiting import Deadline, wait_until

SYSTEM = "gateway"
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Ask:
    """A route to ask for, and the bearer token to show, if any."""

    route: str
    token: SecretStr | None = field(default=None, repr=False)


@dataclass(frozen=True)
class GatewayAnswer:
    """One answer. ``version`` is the release that the answer names, empty where it names none."""

    asked: str
    route: str
    status: int
    version: str
    elapsed_ms: int
    tls_version: str
    service: str = SYSTEM


class Answered(Protocol):
    """What any fact says that an answer of the gateway gave."""

    @property
    def asked(self) -> str:
        """What was asked for, in words."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def version(self) -> str:
        """The release that the answer names; empty where it names none."""


class Gateway:
    """Asks for routes, each on a connection of its own."""

    def __init__(self, target: Target) -> None:
        self.settings = target.gateway
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def ask(self, asks: Mapping[str, Ask]) -> tuple[GatewayAnswer, ...]:
        """The answers, asked for at the same time. Raises the first error where one could not be had."""
        answers = self._http.ask_all({name: self._request(each) for name, each in asks.items()})
        return tuple(self._fact(name, asks[name].route, answer) for name, answer in answers.items())

    def show(self, tokens: Mapping[str, SecretStr]) -> tuple[GatewayAnswer, ...]:
        """The answers to these tokens on the route that takes every valid one."""
        return self.ask({name: Ask(self.settings.authenticated, token) for name, token in tokens.items()})

    def show_until_refused(
        self, asked: str, token: SecretStr, *, valid_until: float, over_from: float
    ) -> tuple[GatewayAnswer, ...]:
        """The answer to a token that runs out: the first 401, else what is still answered when it is surely over.

        The two times, on this process's monotonic clock, are when it was surely valid and is surely over: in between
        nobody knows, since tokens count in whole seconds and the gateway may have a leeway.
        """

        def look() -> tuple[tuple[GatewayAnswer, ...] | None, str]:
            now = time.monotonic()
            if now < valid_until:
                return None, "still valid"
            answers = self.show({asked: token})
            settled = now >= over_from or statuses(answers)[asked] == HTTPStatus.UNAUTHORIZED
            return (answers if settled else None), f"answered {statuses(answers)[asked]}"

        left = max(0.0, over_from - time.monotonic())
        return wait_until(look, Deadline(SYSTEM, f"the end of the {asked} token", left + 1), interval=_LOOK_SECONDS)

    def confirm_release(self, answers: Iterable[Answered], tag: str) -> None:
        """Raise WrongVersion unless each of these answers says that this release gave it.

        One that does not may be another's: a 401 of something in front says nothing of what the gateway would refuse. A
        gateway that fails names no release in its errors; those count for what they are.
        """
        answers = list(answers)
        confirm(SYSTEM, {answer.version for answer in answers if answer.version}, tag)
        nameless = [a for a in answers if not a.version and a.status < HTTPStatus.INTERNAL_SERVER_ERROR]
        if nameless:
            told = ", ".join(f"{answer.asked}: HTTP {answer.status}" for answer in nameless)
            raise WrongVersion(
                SYSTEM,
                f"answers that do not say which release gave them ({told}); expected {tag!r} in each",
                hint="compare gateway.version in the target with curl -i; does something in front answer in its place?",
            )

    def _request(self, ask: Ask) -> Request:
        headers = {"Accept": "application/json"}
        if ask.token is not None:
            headers |= bearer(ask.token)
        return Request(self.settings.url.rstrip("/") + ask.route, headers=headers)

    def _fact(self, name: str, route: str, answer: Answer | CannotEstablish) -> GatewayAnswer:
        if isinstance(answer, CannotEstablish):
            raise answer
        return fact_of(name, route, answer, self.settings)


def version_of(answer: Answer, settings: Settings) -> str:
    """The release that an answer of the gateway names; empty where it names none."""
    return answer.value(settings.version)[:60]


def fact_of(asked: str, route: str, answer: Answer, settings: Settings) -> GatewayAnswer:
    """The answer as a fact."""
    milliseconds = round(answer.seconds * 1000)
    return GatewayAnswer(asked, route, answer.status, version_of(answer, settings), milliseconds, answer.tls_version)


def statuses(answers: Iterable[GatewayAnswer]) -> dict[str, int]:
    """What was asked, and the status that was answered."""
    return {answer.asked: answer.status for answer in answers}
