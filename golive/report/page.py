"""What the decision page shows, whatever it is derived from: a run's record, or the ledger of a release.

Everything is text here; ``decision_page`` turns it into HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from golive.checklist import Item, Phase
from golive.evidence.record import EvidenceEntry, FindingEntry

NOT_ASKED = "NOT ASKED"
"""Stands where nothing was said of an item, because nobody asked."""
_ORDER = ("FAIL", "UNKNOWN", "WAIVED", NOT_ASKED, "NOT APPLICABLE", "PASS")


@dataclass(frozen=True)
class Line:
    """One item of the checklist and the finding that counts for it; times are ISO 8601."""

    item: Item
    finding: FindingEntry | None
    required: bool = True
    digest: str = ""
    """sha256 of the record that holds the finding."""
    until: str = ""
    """Until when it counts, in words; empty where that is not limited by time."""

    @property
    def outcome(self) -> str:
        """The finding's outcome, or NOT ASKED."""
        return self.finding.outcome if self.finding else NOT_ASKED

    @property
    def blocks(self) -> bool:
        """Whether it stands against GO."""
        return self.required and self.outcome in {"FAIL", "UNKNOWN", NOT_ASKED}

    @property
    def evidence(self) -> list[EvidenceEntry]:
        """What was looked at."""
        return list(self.finding.evidence) if self.finding else []


@dataclass(frozen=True)
class Waived:
    """A waiver that was used, and what it hides."""

    item: str
    hides: str
    why: str
    by: str
    until: str


@dataclass(frozen=True)
class Signature:
    """A role's line of the sign-off. ``signed``: whether it holds; ``words``: by which key and when, or why not."""

    role: str
    signed: bool
    words: str


@dataclass(frozen=True)
class Count:
    """How many of a phase's required items came out how."""

    phase: Phase
    outcomes: Mapping[str, int]

    @property
    def required(self) -> int:
        """Its required items."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Page:
    """All that the page shows."""

    subject: str
    """What is decided, of which release and target."""
    verdict: str
    words: str
    made: str
    phases: tuple[Phase, ...]
    lines: tuple[Line, ...]
    waivers: tuple[Waived, ...] = ()
    idle_waivers: tuple[str, ...] = ()
    """Those that hide nothing, each with why."""
    changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What changed, under what it is compared with."""
    signatures: tuple[Signature, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    """The Notes of the checklist; an empty one is a line to write on."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """Where all of it comes from."""

    @cached_property
    def blockers(self) -> tuple[Line, ...]:
        """What stands against GO: what does not hold first, each in the order of the day."""
        against = [line for line in self.lines if line.blocks]
        return tuple(sorted(against, key=lambda line: _ORDER.index(line.outcome)))

    @cached_property
    def counts(self) -> tuple[Count, ...]:
        """The required items of each phase that has any."""
        found = []
        for phase in self.phases:
            outcomes = Counter(line.outcome for line in self.of(phase) if line.required)
            if outcomes:
                found.append(Count(phase, {word: outcomes[word] for word in _ORDER if outcomes[word]}))
        return tuple(found)

    def of(self, phase: Phase) -> tuple[Line, ...]:
        """The items of a phase."""
        return tuple(line for line in self.lines if line.item.phase == phase.name)
