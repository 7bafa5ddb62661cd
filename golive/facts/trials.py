"""Which calls a customer without the entitlement must be refused, and how each is made so that it can do no harm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from golive.clients.http import Request
from golive.facts.api import Api
from golive.facts.openapi import READS, UNSAFE, Document, Operation
from golive.facts.refusal import Trial
from golive.facts.variants import variants_of
from golive.residue import RunId

ITEM = "functional.caiso_blocked"
HARMLESS = {"golive": "must be refused"}
"""The body of unsafe calls; one that fits the document's schema is not sent."""
_WRONG = frozenset({400, 404, 405, 409, 410, 415, 422})


class Trials:
    """The calls that a document asks for."""

    def __init__(self, api: Api, run: RunId, document: Document) -> None:
        self._api, self._run, self._document = api, run, document
        self._settings = api.settings(ITEM)
        self._base = api.url("")

    def operations(self) -> frozenset[str]:
        """Every operation that must be refused: the document's, but for the open ones, and the unlisted routes."""
        return frozenset(
            {each.name for each in self._entitled(READS | UNSAFE)}
            | {f"GET {each.route}" for each in self._settings.unlisted}
        )

    def untried(self) -> tuple[str, ...]:
        """Unsafe operations that are never tried here, or that nothing would keep from changing something."""
        return tuple(each.name for each in self._entitled(UNSAFE) if not self._may_be_tried(each))

    def all(self) -> Iterator[Trial]:
        """Every call; the plain one of an operation comes before its variants. Raises NoEvidence as ``Api.values``."""
        open_route = self._settings.hub_routes[0]
        for operation in self._entitled(READS):
            values = self._api.values(operation)
            served = frozenset({404}) if self._api.absent(operation) else operation.success
            route = operation.route(values)
            plain = Trial(operation.name, route, "plain", self._api.call(operation, route), served)
            yield from variants_of(plain, self._base, open_route)
            yield from self._forbidden(operation, values)
        for each in self._settings.unlisted:
            request = Request(self._api.url(each.route))
            plain = Trial(f"GET {each.route}", each.route, "plain", request, frozenset({each.status}))
            yield from variants_of(plain, self._base, open_route)
        yield from (self._unsafe(each) for each in self._entitled(UNSAFE) if self._may_be_tried(each))

    def _entitled(self, methods: frozenset[str]) -> Iterator[Operation]:
        return (each for each in self._document.operations(methods) if each.path not in self._settings.open)

    def _forbidden(self, operation: Operation, values: Mapping[str, str]) -> Iterator[Trial]:
        """The same operation for what nobody may have by this channel: both personas must be refused."""
        for name in operation.parameters:
            for value in self._settings.parameters[name].forbidden:
                route = operation.route({**values, name: value})
                yield Trial(operation.name, route, f"{name} {value}", self._api.call(operation, route), frozenset())

    def _may_be_tried(self, operation: Operation) -> bool:
        """Whether it changes nothing even if it is let through.

        POST makes something: its body must be wrong. DELETE removes something: its id must be impossible, whatever its
        body. PUT and PATCH may make what is not there: both.
        """
        if operation.name in self._settings.never:
            return False
        self._api.values(operation)
        impossible, wrong = bool(self._impossible(operation)), self._is_wrong(operation)
        return {"post": wrong, "delete": impossible}.get(operation.method, impossible and wrong)

    def _is_wrong(self, operation: Operation) -> bool:
        return bool(self._document.request_problems(operation, HARMLESS))

    def _impossible(self, operation: Operation) -> dict[str, str]:
        parameters = self._settings.parameters
        return {name: f"{self._run.prefix}-none" for name in operation.parameters if parameters[name].absent}

    def _unsafe(self, operation: Operation) -> Trial:
        route = operation.route({**self._api.values(operation), **self._impossible(operation)})
        headers = {"Content-Type": "application/json"} if operation.takes_body else {}
        content = json.dumps(HARMLESS).encode() if operation.takes_body else None
        request = replace(self._api.call(operation, route), headers=headers, content=content)
        return Trial(operation.name, route, "plain", request, _WRONG)
