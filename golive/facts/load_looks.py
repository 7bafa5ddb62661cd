"""Looks at a load that goes on: which endpoints are over the limit for certain already, at a level shared by all looks.

Such a FAIL is said at once, and stands at the end whatever comes after it; the load goes on all the same, since its
other endpoints and the other items of the window need it whole. No look says PASS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from golive.load.result import LoadResult
from golive.stats.quantile import Block, Plan, judge_all
from golive.stats.verdict import Verdict
from golive.target.performance import Load

LOOK_SECONDS = 60.0


def plan_of_decision(settings: Load) -> Plan:
    """What is laid down about the decision before the window opens: a look a minute, the one at its end included."""
    looks = max(1, int(settings.window / LOOK_SECONDS))
    return Plan(settings.block, settings.longest_burst, settings.max_share, looks=looks)


def certainly_over(result: LoadResult, plan: Plan) -> dict[str, str]:
    """Endpoints that are surely over the limit by what was counted until now, and why.

    None where the generator's own noise may have made them slow. Answers that are under way are in no block yet: they
    can only be slower than those that came.
    """
    if result.against_fail():
        return {}
    sure = {each.name: [Block(b.n, result.surely_over(b)) for b in each.blocks] for each in result.endpoints}
    judged = judge_all(sure, plan, ended=False)
    return {name: each.why for name, each in judged.items() if each.verdict is Verdict.FAIL}


@dataclass
class Looks:
    """The looks at one load, made as its figures come. ``certain`` is by endpoint, in words."""

    settings: Load
    folder: Path
    certain: dict[str, str] = field(default_factory=dict)
    _made: int = 0

    def follow(self, elapsed: float) -> None:
        """Look where another minute of the window is over; the one at its end is the verdict's own."""
        plan = plan_of_decision(self.settings)
        due = min(plan.looks - 1, int((elapsed - self.settings.ramp) / LOOK_SECONDS))
        if due <= self._made:
            return
        self._made = due
        result = LoadResult.read(self.folder)
        for name, why in (certainly_over(result, plan) if result else {}).items():
            self.certain.setdefault(name, f"{why}, for certain after {due * LOOK_SECONDS:.0f} s")

    @property
    def words(self) -> str:
        """What is certain, for the line of progress."""
        return f"; over the limit for certain: {', '.join(self.certain)}" if self.certain else ""
