"""Whether a customer without the API's entitlement is refused everywhere: a walk over routes, variants and methods.

Each call is made as the CAISO persona and, right after it, as the MISO persona: a refusal counts only where the same
call is served to those who may. What is tried with an unsafe method could change nothing even if it were let through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from golive.clients.http import Answer
from golive.errors import NoEvidence
from golive.facts.api import CONNECTIONS, SYSTEM, Api, all_answered, raise_if_put_off, signed
from golive.facts.gateway import Ask, Gateway, GatewayAnswer
from golive.facts.openapi import Document
from golive.facts.refusal import REFUSED, Context, Trial, said_of
from golive.facts.trials import ITEM, Trials
from golive.residue import RunId
from golive.target import Target

_SHOWN = 3
"""Ways of asking that a message names; the report has them all."""


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
    """Every call that was made. ``undeclared`` are routes of the target that no call belongs to."""

    calls: tuple[Call, ...]
    untried: tuple[str, ...]
    undeclared: tuple[str, ...]

    @property
    def operations(self) -> frozenset[str]:
        """Operations that were called, and those that may not be."""
        return frozenset({call.operation for call in self.calls} | set(self.untried))

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
        self._api, self._gateway, self._run = Api(target), Gateway(target), run
        self._http = self._api.http

    def hub(self, token: SecretStr) -> tuple[GatewayAnswer, ...]:
        """What the routes that every customer may use answer to that token."""
        answers = self._gateway.ask({route: Ask(route, token) for route in self._api.settings(ITEM).hub_routes})
        raise_if_put_off(answer.status for answer in answers)
        return answers

    def operations(self, document: Document) -> frozenset[str]:
        """Every operation that must be refused."""
        return Trials(self._api, self._run, document).operations()

    def walk(self, document: Document, caiso: SecretStr, miso: SecretStr) -> Walk:
        """Every call, made as both personas.

        Raises TooLittleData where the gateway asks for fewer requests, and what keeps a call from being answered.
        """
        plan = Trials(self._api, self._run, document)
        trials = {f"{number} {t.operation} {t.variant}": t for number, t in enumerate(plan.all())}
        tokens = {"caiso": caiso, "miso": miso}
        requests = {
            f"{name} {whose}": signed(trial.request, token)
            for name, trial in trials.items()
            for whose, token in tokens.items()
        }
        answers = all_answered(self._http.ask_many(requests, connections=CONNECTIONS))
        context = Context(self._api.settings(ITEM).refusal, self._fields_of_nowhere(miso))
        calls = _judged(trials, answers, context)
        return Walk(calls, plan.untried(), self._undeclared({call.route for call in calls}))

    def confirm_tried(self, walk: Walk) -> None:
        """Raise NoEvidence where an operation went untried: nothing else shows that it is refused."""
        if walk.untried:
            raise NoEvidence(
                SYSTEM,
                f"{', '.join(walk.untried)} may not be tried here: it could change something, or api.never names it",
                hint="show its refusal on staging; a signed record of that will stand for it here",
            )

    def _undeclared(self, called: set[str]) -> tuple[str, ...]:
        """Routes that the target itself names as the API's and that neither document nor unlisted routes led to."""
        target, api = self._api.target, self._api.settings(ITEM)
        named = [api.latest.route, api.history.route]
        named += [section.route for section in (target.stream, target.export, target.scenario) if section is not None]
        curves = {api.curves.route.replace("{hub}", hub) for hub in api.curves.hubs}
        return tuple(sorted(set(named) - called)) + (() if curves & called else (api.curves.route,))

    def _fields_of_nowhere(self, token: SecretStr) -> frozenset[str]:
        """The fields of the answer on a route that is not there: a variant may get the same one."""
        content = self._http.ask(self._api.request(self._api.target.gateway.unknown, token)).json()
        return frozenset(content) if isinstance(content, dict) else frozenset()


def _judged(trials: Mapping[str, Trial], answers: Mapping[str, Answer], context: Context) -> tuple[Call, ...]:
    plain: dict[str, Answer] = {}
    calls = []
    for name, trial in trials.items():
        caiso, miso = answers[f"{name} caiso"], answers[f"{name} miso"]
        if trial.variant == "plain":
            plain[trial.operation] = miso
        said = said_of(trial, caiso, miso, plain.get(trial.operation, miso), context)
        calls.append(Call(trial.operation, trial.route, trial.variant, caiso.status, miso.status, said))
    return tuple(calls)


def _few(variants: list[str]) -> str:
    more = len(variants) - _SHOWN
    return ", ".join(variants[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
