"""A scenario: a shock to a stored curve, run by the platform and worked out here; and requests that make no sense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from golive.errors import ProtocolBroken
from golive.facts.curves import Curves
from golive.facts.jobs import Job, Jobs
from golive.facts.rows import at, number, rows_at
from golive.market.shock import shocked, value_change
from golive.residue import RunId
from golive.target import Target
from golive.target.functional import Scenario as Settings
from golive.target.needed import required

ITEM = "functional.scenario"
_CENT = 0.01


@dataclass(frozen=True)
class ScenarioRun:
    """One run beside its known answer. ``unlike`` has the months whose price is another than it must be."""

    hub: str
    status: int
    """Of the answer that took the job."""
    state: str
    seconds: float
    months: int
    """Points served; a month that is served twice counts twice."""
    expected_months: int
    unlike: dict[str, str]
    value_change: str
    """``as expected``, or both values (USD)."""
    version: str
    service: str = "gateway"

    @property
    def asked(self) -> str:
        """What was asked for."""
        return f"a scenario for {self.hub}"


@dataclass(frozen=True)
class Refused:
    """A request that makes no sense, and what it was answered."""

    change: str
    expected: str
    answered: str


class Scenarios:
    """The scenarios, asked for anew."""

    def __init__(self, target: Target, run: RunId) -> None:
        self._target, self._run, self._curves = target, run, Curves(target)

    @property
    def settings(self) -> Settings:
        """The target's [scenario]. Raises NotDescribed where it has none."""
        return required(self._target.scenario, "scenario", ITEM)

    def sweep(self, token: SecretStr) -> list[str]:
        """Remove scenarios that dead or expired runs left."""
        return self._jobs(token).sweep()

    def known_answer(self, token: SecretStr) -> ScenarioRun:
        """The declared scenario, run and worked out."""
        before = self._curves.stored(self.settings.hub)
        with self._jobs(token).run(self.settings.body) as job:
            return self._beside(job, before)

    def refused(self, token: SecretStr) -> tuple[Refused, ...]:
        """Every declared request that must be refused, tried once."""
        bad = self.settings.refused
        requests = [{**self.settings.body, **each.change} for each in bad]
        fields = {*self.settings.body, *(each.names for each in bad)} - {self.settings.label}
        jobs = self._jobs(token)
        said = [jobs.refused(request, fields) for request in requests]
        heard = [(each.names, named) for each, (_, named) in zip(bad, said, strict=True)]
        return tuple(
            Refused(
                str(dict(each.change)),
                f"{each.status}, naming {each.names}",
                f"{status}, {naming(each.names, named, heard, fields)}",
            )
            for each, (status, named) in zip(bad, said, strict=True)
        )

    def _jobs(self, token: SecretStr) -> Jobs:
        return Jobs(self._target, self.settings, self._run, token)

    def _beside(self, job: Job, before: list[dict[str, Any]]) -> ScenarioRun:
        settings, curves = self.settings, required(self._target.api, "api", ITEM).curves
        old = [_stored(row, curves.month, curves.price) for row in before]
        new = shocked(old, settings.percent, settings.shift)
        wanted = {str(row[curves.month]): price for row, price in zip(before, new, strict=True)}
        points = rows_at(job.content, settings.points)
        served = {str(point.get(settings.month)): point.get(settings.price) for point in points}
        tolerance = 0.51 * 10**-settings.decimals
        unlike = {
            month: f"{served.get(month)!r}, expected {wanted.get(month)!r}"
            for month in sorted(wanted.keys() | served.keys())
            if not _close(served.get(month), wanted.get(month), tolerance)
        } | _repeated(str(point.get(settings.month)) for point in points)
        change = at(job.content, settings.value_change)
        expected = value_change(old, new, settings.volume)
        said = "as expected" if _close(change, expected, _CENT) else f"{change!r}, expected {expected:.2f}"
        months = _length(at(job.content, settings.points))
        return ScenarioRun(
            settings.hub, job.status, job.state, job.seconds, months, len(wanted), unlike, said, job.version
        )


def naming(
    field: str, named: frozenset[str], heard: Iterable[tuple[str, frozenset[str]]], fields: Collection[str]
) -> str:
    """Whether a refusal is about the field: ``naming`` it, or what it does instead.

    One that names the same fields as the refusal of another one, or all that the request has, names none of them: it is
    the same whatever is wrong. ``heard`` has what each refusal should name and what it did.
    """
    if field not in named:
        return f"not naming {field}"
    if len(named) > 1 and (named == set(fields) or any(names != field and theirs == named for names, theirs in heard)):
        return f"naming {', '.join(sorted(named))} whatever is wrong"
    return f"naming {field}"


def _stored(row: Mapping[str, Any], month: str, price: str) -> float:
    """The price of a stored month. Raises ProtocolBroken where it is none: there is nothing to work out from."""
    found = number(row.get(price))
    if found is None:
        raise ProtocolBroken(
            "clickhouse",
            f"the stored curve has {price} {row.get(price)!r} for {row.get(month)}; expected a number",
            hint="api.curves.query in the target; the settlement that was loaded last",
        )
    return found


def _length(found: Any) -> int:
    return len(found) if isinstance(found, list) else 0


def _repeated(months: Iterable[str]) -> dict[str, str]:
    return {month: f"served {times} times" for month, times in Counter(months).items() if times > 1}


def _close(found: Any, expected: Any, tolerance: float) -> bool:
    one, other = number(found), number(expected)
    return one is not None and other is not None and abs(one - other) <= tolerance
