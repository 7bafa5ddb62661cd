"""Whether a customer without the API's entitlement is refused everywhere: a walk over routes, variants and methods.

Each call is made as the CAISO persona and, as its control, as the MISO persona: a refusal counts only where the same
call is served to those who may. What is tried with an unsafe method could change nothing even if it were let through:
its id is impossible and its body fails the document's own schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from pydantic import SecretStr

from golive.clients.http import Answer, Request
from golive.errors import CannotEstablish, NoEvidence
from golive.facts.api import CONNECTIONS, Api
from golive.facts.gateway import GatewayAnswer
from golive.facts.openapi import READS, UNSAFE, Document, Operation
from golive.facts.refusal import REFUSED, Trial, said_of
from golive.facts.variants import variants_of
from golive.residue import RunId
from golive.target import Target

ITEM = "functional.caiso_blocked"
SYSTEM = "gateway"
_HARMLESS = {"golive": "must be refused"}


@dataclass(frozen=True)
class Call:
    """One call as both personas were answered. ``verdict`` is ``refused``, or what is wrong."""

    operation: str
    route: str
    variant: str
    caiso: int
    miso: int
    verdict: str


@dataclass(frozen=True)
class Walk:
    """Every call that was made, and the operations that they belong to."""

    calls: tuple[Call, ...]
    operations: frozenset[str]

    @property
    def open(self) -> tuple[str, ...]:
        """For each operation that was not refused as it must be: why, and by which ways of asking."""
        found: dict[tuple[str, str], list[str]] = {}
        for call in self.calls:
            if call.verdict != REFUSED:
                found.setdefault((call.operation, call.verdict), []).append(call.variant)
        return tuple(f"{name}: {why} ({_few(variants)})" for (name, why), variants in found.items())


class Entitlement:
    """The refusals, asked for anew."""

    def __init__(self, target: Target, run: RunId) -> None:
        self._api, self._run = Api(target), run
        self._http = self._api.http

    def hub(self, token: SecretStr) -> tuple[GatewayAnswer, ...]:
        """What the routes that every customer may use answer to that token."""
        routes = self._api.settings(ITEM).hub_routes
        answers = self._http.ask_all({route: self._api.request(route, token) for route in routes})
        return tuple(self._fact(route, answer) for route, answer in answers.items())

    def operations(self, document: Document) -> frozenset[str]:
        """Every operation that must be refused: the document's, but for the open ones, and the unlisted routes."""
        settings = self._api.settings(ITEM)
        listed = {o.name for o in document.operations(READS | UNSAFE) if o.path not in settings.open}
        return frozenset(listed | {f"GET {each.route}" for each in settings.unlisted})

    def walk(self, document: Document, caiso: SecretStr, miso: SecretStr) -> Walk:
        """Every call, made as both personas.

        Raises NoEvidence for an operation that may not be tried, and what keeps a call from being answered.
        """
        trials = {f"{number} {t.operation} {t.variant}": t for number, t in enumerate(self._trials(document))}
        answers = {
            whose: self._http.ask_many(
                {name: _signed(trial.request, token) for name, trial in trials.items()}, connections=CONNECTIONS
            )
            for whose, token in (("caiso", caiso), ("miso", miso))
        }
        calls, plain = [], {}
        for name, trial in trials.items():
            theirs, control = (_answered(answers[whose][name]) for whose in ("caiso", "miso"))
            if trial.variant == "plain":
                plain[trial.operation] = control
            said = said_of(
                trial, theirs, control, plain.get(trial.operation, control), self._api.settings(ITEM).refusal
            )
            calls.append(Call(trial.operation, trial.route, trial.variant, theirs.status, control.status, said))
        return Walk(tuple(calls), frozenset(call.operation for call in calls))

    def _trials(self, document: Document) -> Iterator[Trial]:
        """The plain call of each operation comes before its variants."""
        settings = self._api.settings(ITEM)
        base = self._api.target.gateway.url.rstrip("/")
        for operation in document.operations(READS):
            if operation.path not in settings.open:
                values = self._values(operation)
                absent = any(settings.parameters[name].absent for name in operation.parameters)
                status = HTTPStatus.NOT_FOUND if absent else HTTPStatus.OK
                plain = Trial(operation.name, operation.route(values), "plain", Request(""), frozenset({status}))
                yield from variants_of(plain, base, settings.hub_routes[0])
                yield from self._forbidden(operation, values, base)
        for each in settings.unlisted:
            plain = Trial(f"GET {each.route}", each.route, "plain", Request(""), frozenset({each.status}))
            yield from variants_of(plain, base, settings.hub_routes[0])
        for operation in document.operations(UNSAFE):
            if operation.path not in settings.open:
                yield self._unsafe(document, operation, base)

    def _forbidden(self, operation: Operation, values: Mapping[str, str], base: str) -> Iterator[Trial]:
        """The same operation for what nobody may have by this channel: no control stands beside it."""
        for name in operation.parameters:
            for value in self._api.settings(ITEM).parameters[name].forbidden:
                route = operation.route({**values, name: value})
                yield Trial(operation.name, route, f"{name} {value}", Request(base + route), frozenset())

    def _unsafe(self, document: Document, operation: Operation, base: str) -> Trial:
        settings = self._api.settings(ITEM)
        if operation.name in settings.never:
            raise NoEvidence(
                SYSTEM,
                f"{operation.name} is never tried here (api.never), and no signed staging record stands for it",
                hint="show its refusal on staging; records are signed by golive evidence",
            )
        impossible = {n: f"{self._run.prefix}-none" for n in operation.parameters if settings.parameters[n].absent}
        harmless = impossible or (operation.takes_body and document.request_problems(operation, _HARMLESS))
        if not harmless:
            raise NoEvidence(
                SYSTEM,
                f"{operation.name} is not tried: no id of it can be impossible, and no body wrong",
                hint="list it under api.never in the target, and show its refusal on staging",
            )
        route = operation.route({**self._values(operation), **impossible})
        headers = {"Content-Type": "application/json"} if operation.takes_body else {}
        request = Request(
            base + route, operation.method.upper(), headers, content=json.dumps(_HARMLESS).encode() if headers else None
        )
        wrong = frozenset({400, 404, 405, 409, 410, 415, 422})
        return Trial(operation.name, route, "plain", request, wrong)

    def _values(self, operation: Operation) -> dict[str, str]:
        """Raises NoEvidence where the target has no value for a parameter: the operation would go untried."""
        parameters = self._api.settings(ITEM).parameters
        lacking = [name for name in operation.parameters if name not in parameters]
        if lacking:
            raise NoEvidence(
                SYSTEM,
                f"{operation.name} cannot be asked for: the target has no value for {', '.join(lacking)}",
                hint=f"add it to [api.parameters]: {lacking[0]} = {{ allowed = ... }}",
            )
        return {name: parameters[name].allowed for name in operation.parameters}

    def _fact(self, route: str, answer: Answer | CannotEstablish) -> GatewayAnswer:
        found = _answered(answer)
        return GatewayAnswer(
            route, route, found.status, self._api.version(found), round(found.seconds * 1000), found.tls_version
        )


def _few(variants: list[str]) -> str:
    more = f" and {len(variants) - 3} more" if len(variants) > 3 else ""  # noqa: PLR2004 - so many are read
    return ", ".join(variants[:3]) + more


def _answered(answer: Answer | CannotEstablish) -> Answer:
    if isinstance(answer, CannotEstablish):
        raise answer
    return answer


def _signed(request: Request, token: SecretStr) -> Request:
    headers = {"Accept": "application/json", **request.headers, "Authorization": f"Bearer {token.get_secret_value()}"}
    return replace(request, headers=headers)
