"""A scenario: a shock to a stored curve, run by the platform and worked out here; and requests that make no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from golive.facts.curves import Curves
from golive.facts.jobs import Job, Jobs
from golive.facts.rows import at, rows_at
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
        jobs, found = self._jobs(token), []
        for bad in self.settings.refused:
            answered = jobs.refused({**self.settings.body, **bad.change}, bad.names)
            found.append(Refused(str(dict(bad.change)), f"{bad.status}, naming {bad.names}", answered))
        return tuple(found)

    def _jobs(self, token: SecretStr) -> Jobs:
        return Jobs(self._target, self.settings, self._run, token)

    def _beside(self, job: Job, before: list[dict[str, Any]]) -> ScenarioRun:
        settings, curves = self.settings, required(self._target.api, "api", ITEM).curves
        old = [float(row[curves.price]) for row in before]
        new = shocked(old, settings.percent, settings.shift)
        wanted = {str(row[curves.month]): price for row, price in zip(before, new, strict=True)}
        served = {str(p.get(settings.month)): p.get(settings.price) for p in rows_at(job.content, settings.points)}
        tolerance = 0.51 * 10**-settings.decimals
        unlike = {
            month: f"{served.get(month)!r}, expected {wanted.get(month)!r}"
            for month in sorted(wanted.keys() | served.keys())
            if not _close(served.get(month), wanted.get(month), tolerance)
        }
        change = at(job.content, settings.value_change)
        expected = value_change(old, new, settings.volume)
        said = "as expected" if _close(change, expected, _CENT) else f"{change!r}, expected {expected:.2f}"
        return ScenarioRun(
            settings.hub, job.status, job.state, job.seconds, len(served), len(wanted), unlike, said, job.version
        )


def _close(found: Any, expected: Any, tolerance: float) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (found, expected))
    return numbers and abs(found - expected) <= tolerance
