"""The API as a customer reads it: its document, and every read operation that the document declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from pydantic import SecretStr

from golive.clients.http import EVENT_STREAM, Answer, HttpClient, Request
from golive.clients.secret import bearer
from golive.errors import CannotEstablish, NoEvidence, ProtocolBroken, TooLittleData
from golive.facts.gateway import version_of
from golive.facts.openapi import READS, Document, Operation
from golive.target import Target
from golive.target.functional import Api as Settings
from golive.target.needed import required

ITEM = "functional.miso_api"
SYSTEM = "gateway"
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
CONNECTIONS = 4
"""Kept open for a walk over the API: few enough for a platform that serves customers meanwhile."""


@dataclass(frozen=True)
class Description:
    """The OpenAPI document that was served. ``problems`` is what its specification finds wrong in it."""

    openapi: str
    version: str
    operations: int
    problems: tuple[str, ...]
    service: str = SYSTEM


@dataclass(frozen=True)
class Read:
    """One read operation, as the MISO persona was answered. ``said``: ``as described``, or what is not."""

    asked: str
    route: str
    status: int
    said: str
    elapsed_ms: int
    version: str
    service: str = SYSTEM


class Api:
    """The API, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def settings(self, item: str) -> Settings:
        """The target's [api]. Raises NotDescribed where it has none."""
        return required(self.target.api, "api", item)

    def request(self, route: str, token: SecretStr, params: Mapping[str, str] | None = None) -> Request:
        """A read of a route with that token."""
        return signed(Request(self.url(route), params=params or {}), token)

    def url(self, route: str) -> str:
        """Where the route is, at the gateway."""
        return self.target.gateway.url.rstrip("/") + route

    def call(self, operation: Operation, route: str) -> Request:
        """An operation as its document declares it, with the query that the target gives it; nobody's yet."""
        return Request(
            self.url(route), operation.method.upper(), params=self.settings(ITEM).queries.get(operation.name, {})
        )

    def version(self, answer: Answer) -> str:
        """The release that an answer names; empty where it names none."""
        return version_of(answer, self.target.gateway)

    def document(self, token: SecretStr) -> Document:
        """The OpenAPI document. Raises ProtocolBroken where what is served is none."""
        route = self.settings("the walk over the API").openapi
        answer = all_answered({route: self.http.ask(self.request(route, token))})[route]
        if answer.status != HTTPStatus.OK:
            raise ProtocolBroken(
                SYSTEM,
                f"{route} answered {answer.status}; expected the OpenAPI document",
                hint="api.openapi in the target",
            )
        return Document(answer.json(), route)

    def description(self, document: Document) -> Description:
        """What the document says of itself."""
        version = str(document.content.get("info", {}).get("version", ""))
        reads = document.operations(READS)
        return Description(document.version, version, len(reads), document.problems)

    def reads(self, document: Document, token: SecretStr) -> tuple[Read, ...]:
        """Every read operation of the document, with the values that the target allows."""
        operations = {each.name: each for each in document.operations(READS)}
        routes = {name: each.route(self.values(each)) for name, each in operations.items()}
        asks = {name: signed(self.call(operations[name], route), token) for name, route in routes.items()}
        unknown = self.target.gateway.unknown
        every = {**asks, unknown: self.request(unknown, token)}
        answers = all_answered(self.http.ask_many(every, connections=CONNECTIONS))
        nowhere = answers.pop(unknown)
        return tuple(
            self._read(document, operations[name], routes[name], answer, nowhere) for name, answer in answers.items()
        )

    def values(self, operation: Operation) -> dict[str, str]:
        """Allowed values of its path parameters. Raises NoEvidence where the target has none: it would go untried."""
        parameters = self.settings(ITEM).parameters
        lacking = [name for name in operation.parameters if name not in parameters]
        if lacking:
            raise NoEvidence(
                SYSTEM,
                f"{operation.name} cannot be asked for: the target has no value for {', '.join(lacking)}",
                hint=f"add it to [api.parameters]: {lacking[0]} = {{ allowed = ... }}",
            )
        return {name: parameters[name].allowed for name in operation.parameters}

    def absent(self, operation: Operation) -> bool:
        """Whether a value of its path parameters names nothing, so that 404 is the right answer."""
        return any(self.settings(ITEM).parameters[name].absent for name in operation.parameters)

    def _read(self, document: Document, operation: Operation, route: str, answer: Answer, nowhere: Answer) -> Read:
        said = self._said(document, operation, answer, nowhere)
        milliseconds = round(answer.seconds * 1000)
        return Read(operation.name, route, answer.status, said, milliseconds, self.version(answer))

    def _said(self, document: Document, operation: Operation, answer: Answer, nowhere: Answer) -> str:
        expected = frozenset({HTTPStatus.NOT_FOUND.value}) if self.absent(operation) else operation.success
        if answer.status not in expected:
            return f"answered {answer.status}, expected {' or '.join(map(str, sorted(expected)))}"
        if self.absent(operation) and answer.json() is not None and answer.json() == nowhere.json():
            return "answered 404 as for a route that is not there"
        media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        content = None if media == EVENT_STREAM else answer.json()
        if not answer.body and media != EVENT_STREAM:
            return "as described"
        if content is None and media.endswith("json"):
            return "a body that is no JSON"
        problems = document.body_problems(operation, answer.status, media, "" if content is None else content)
        return "; ".join(problems) or "as described"


def all_answered(answers: Mapping[str, Answer | CannotEstablish]) -> dict[str, Answer]:
    """The answers themselves. Raises what kept one from being given, and as ``raise_if_put_off``."""
    found = {}
    for name, answer in answers.items():
        if isinstance(answer, CannotEstablish):
            raise answer
        found[name] = answer
    raise_if_put_off(answer.status for answer in found.values())
    return found


def raise_if_put_off(statuses: Iterable[int]) -> None:
    """Raise TooLittleData where the gateway put a call off: that says nothing of what it would have answered."""
    every = list(statuses)
    busy = [status for status in every if status in _BUSY]
    if busy:
        raise TooLittleData(
            SYSTEM,
            f"{len(busy)} of {len(every)} calls were put off with {busy[0]}, so what they would get is not known",
            hint="raise the rate limit for the suite's personas, or run when there is less load",
        )


def signed(request: Request, token: SecretStr) -> Request:
    """The request as somebody's: with their token."""
    return replace(request, headers={"Accept": "application/json", **request.headers, **bearer(token)})
