"""The API as a customer reads it: its document, and every read operation that the document declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import SecretStr

from golive.clients.http import EVENT_STREAM, Answer, HttpClient, Request
from golive.errors import CannotEstablish, ProtocolBroken
from golive.facts.openapi import READS, Document, Operation
from golive.target import Target
from golive.target.functional import Api as Settings
from golive.target.needed import required

ITEM = "functional.miso_api"
SYSTEM = "gateway"
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
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token.get_secret_value()}"}
        return Request(self.target.gateway.url.rstrip("/") + route, headers=headers, params=params or {})

    def version(self, answer: Answer) -> str:
        """The release that an answer names; empty where it names none."""
        return answer.value(self.target.gateway.version)[:60]

    def document(self, token: SecretStr) -> Document:
        """The OpenAPI document. Raises ProtocolBroken where what is served is none."""
        route = self.settings("the walk over the API").openapi
        answer = self.http.ask(self.request(route, token))
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
        values = {name: value.allowed for name, value in self.settings(ITEM).parameters.items()}
        operations = {
            each.name: each for each in document.operations(READS) if not set(each.parameters) - values.keys()
        }
        routes = {name: each.route(values) for name, each in operations.items()}
        asks = {name: self.request(route, token) for name, route in routes.items()}
        answers = self.http.ask_many(asks, connections=CONNECTIONS)
        found = [self._read(document, operations[name], routes[name], answer) for name, answer in answers.items()]
        unnamed = [each for each in document.operations(READS) if each.name not in operations]
        return (*found, *(_not_asked(each, values) for each in unnamed))

    def _read(self, document: Document, operation: Operation, route: str, answer: Answer | CannotEstablish) -> Read:
        if isinstance(answer, CannotEstablish):
            raise answer
        milliseconds, version = round(answer.seconds * 1000), self.version(answer)
        absent = any(self.settings(ITEM).parameters[name].absent for name in operation.parameters)
        expected = HTTPStatus.NOT_FOUND if absent else HTTPStatus.OK
        if answer.status != expected:
            said = f"answered {answer.status}, expected {expected.value}"
            return Read(operation.name, route, answer.status, said, milliseconds, version)
        media = answer.headers.get("content-type", "").partition(";")[0]
        stream = media == EVENT_STREAM
        content = "" if stream else answer.json()
        problems = document.body_problems(operation, answer.status, media, content)
        return Read(operation.name, route, answer.status, "; ".join(problems) or "as described", milliseconds, version)


def _not_asked(operation: Operation, values: Mapping[str, str]) -> Read:
    names = ", ".join(name for name in operation.parameters if name not in values)
    said = f"not asked: the target has no value for {names}; add [api.parameters]"
    return Read(operation.name, operation.path, 0, said, 0, "")
