"""What a run would do to a target before it does it: what it reads, and at each granted level, what else it does.

Derived from the checklist, the tests' own nouns and the target; nothing is collected, started or connected to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from golive.catalogue import Catalogue, Entry
from golive.checklist import Item
from golive.target import Level, Target

ORDER = (Level.OBSERVE, Level.PROBE, Level.CANARY, Level.LOAD, Level.DISRUPT)


@dataclass(frozen=True)
class Step:
    """One item of the run. ``refused``: levels that it needs and the target does not grant: it does nothing then.

    ``forgone``: levels at which it would do more, and does without.
    """

    item: Item
    implemented: bool
    systems: frozenset[str]
    needs: frozenset[Level]
    refused: tuple[Level, ...]
    forgone: tuple[Level, ...]
    nouns: frozenset[str]
    """What its test names, and what that is made of."""
    deadline: float
    """Seconds that it may take by itself."""
    shared: Mapping[str, float]
    """Seconds by noun that it may take beside, each once a run, whichever items share it."""
    lately: float | None
    """Seconds that it took in the latest run on this target; None where there is none."""

    @property
    def at_most(self) -> float:
        """Seconds until its deadline where it is the first one to need what is shared."""
        return self.deadline + sum(self.shared.values())

    @property
    def looks(self) -> bool:
        """Whether the run looks at anything for it."""
        return self.implemented and not self.refused

    @property
    def does(self) -> dict[Level, str]:
        """What it does beyond reading, in the order of the levels."""
        levels = (self.needs | self.item.optional) - set(self.forgone)
        done = [level for level in ORDER if level in self.item.does and level in levels]
        return {level: self.item.does[level] for level in done} if self.looks else {}

    def to_json(self) -> dict[str, Any]:
        """The step as a JSON object."""
        return {
            "item": self.item.id,
            "implemented": self.implemented,
            "systems": sorted(self.systems),
            "levels": [level.value for level in ORDER if level in self.needs],
            "refused": [level.value for level in self.refused],
            "forgone": [level.value for level in self.forgone],
            "does": {level.value: words for level, words in self.does.items()},
            "at_most_seconds": self.at_most,
            "lately_seconds": self.lately,
        }


@dataclass(frozen=True)
class Plan:
    """The steps of a run, in the order of the day."""

    steps: tuple[Step, ...]

    @property
    def systems(self) -> list[str]:
        """All that is read, by name."""
        return sorted(frozenset[str]().union(*(step.systems for step in self.steps if step.looks)))

    @property
    def lately(self) -> float | None:
        """Seconds that these items took lately, one after another; None where one of them never ran here."""
        looking = [step.lately for step in self.steps if step.looks]
        known = [seconds for seconds in looking if seconds is not None]
        return sum(known) if known and len(known) == len(looking) else None

    @property
    def at_most(self) -> float:
        """Seconds until every deadline has passed, one after another; what is shared is waited for once."""
        looking = [step for step in self.steps if step.looks]
        shared = {noun: seconds for step in looking for noun, seconds in step.shared.items()}
        return sum(step.deadline for step in looking) + sum(shared.values())

    @property
    def nouns(self) -> frozenset[str]:
        """All that the items name which are looked at."""
        return frozenset[str]().union(*(step.nouns for step in self.steps if step.looks))


def plan(
    catalogue: Catalogue,
    items: frozenset[str],
    target: Target,
    made_of: Callable[[tuple[str, ...]], frozenset[str]],
    reached: Callable[[str, Target], frozenset[str]],
    shared: Mapping[str, float],
    took: Mapping[str, float],
) -> Plan:
    """The plan for these items.

    ``made_of``: nouns with those that they are made of; ``reached``: the systems that a noun reaches there; ``shared``:
    seconds beside an item's own deadline that a noun may take, once a run; ``took``: seconds by item in the latest run
    on this target.
    """

    def step(entry: Entry) -> Step:
        nouns = made_of(entry.test.nouns) if entry.test else frozenset[str]()
        systems = frozenset[str]().union(*(reached(noun, target) for noun in nouns))
        needs = entry.item.needs(target)
        refused, forgone = (
            tuple(level for level in ORDER if level in levels - target.levels)
            for levels in (needs, entry.item.optional)
        )
        return Step(
            entry.item, entry.test is not None, systems, needs, refused, forgone, nouns, target.limits.item,
            {noun: seconds for noun, seconds in shared.items() if noun in nouns}, took.get(entry.item.id),
        )  # fmt: skip

    return Plan(tuple(step(entry) for entry in catalogue.entries if entry.item.id in items))
