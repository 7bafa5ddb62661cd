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
    refused: tuple[Level, ...]
    forgone: tuple[Level, ...]
    at_most: float
    """Seconds until its deadline."""
    lately: float | None
    """Seconds that it took in the latest run on this target; None where there is none."""

    @property
    def looks(self) -> bool:
        """Whether the run looks at anything for it."""
        return self.implemented and not self.refused

    @property
    def does(self) -> dict[Level, str]:
        """What it does beyond reading, in the order of the levels."""
        done = [level for level in ORDER if level in self.item.does and level not in self.forgone]
        return {level: self.item.does[level] for level in done} if self.looks else {}

    def to_json(self) -> dict[str, Any]:
        """The step as a JSON object."""
        return {
            "item": self.item.id,
            "implemented": self.implemented,
            "systems": sorted(self.systems),
            "levels": [level.value for level in ORDER if level in self.item.levels],
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
        """Seconds until every deadline has passed, one after another."""
        return sum(step.at_most for step in self.steps if step.looks)


def plan(
    catalogue: Catalogue,
    items: frozenset[str],
    target: Target,
    reached: Mapping[str, frozenset[str]],
    deadline: Callable[[tuple[str, ...]], float],
    took: Mapping[str, float],
) -> Plan:
    """The plan for these items.

    ``reached``: the systems that each noun reaches; ``deadline``: seconds that a test of these nouns may take;
    ``took``: seconds by item in the latest run on this target.
    """

    def step(entry: Entry) -> Step:
        nouns = entry.test.nouns if entry.test else ()
        systems = frozenset[str]().union(*(reached.get(noun, frozenset()) for noun in nouns))
        refused, forgone = (
            tuple(level for level in ORDER if level in levels - target.levels)
            for levels in (entry.item.levels, entry.item.optional)
        )
        took_lately = took.get(entry.item.id)
        return Step(entry.item, entry.test is not None, systems, refused, forgone, deadline(nouns), took_lately)

    return Plan(tuple(step(entry) for entry in catalogue.entries if entry.item.id in items))
