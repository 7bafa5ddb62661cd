"""Where a target's people state what only they can know, and what is asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from golive.target.base import NonEmpty, Section


class Exercise(Section):
    """Limits of a disaster recovery exercise, and how many days one counts."""

    rto_minutes: Annotated[float, Field(gt=0)]
    rpo_minutes: Annotated[float, Field(ge=0)]
    days: Annotated[int, Field(ge=1, le=730)] = 180


class TestedElsewhere(Section):
    """A run of another target, whose signed record counts for an item of this one."""

    target: NonEmpty
    """The target of that run, as its record names it: staging."""
    folder: Path
    """The evidence folder whose ledger holds the record; keys are those of this target's role map."""
    items: Annotated[frozenset[NonEmpty], Field(min_length=1)]
    """Items that must have passed there."""
    days: Annotated[int, Field(ge=1, le=90)] = 7
    """How long such a record counts."""


class LoadTest(TestedElsewhere):
    """The load test before a deployment."""

    rate: Annotated[float, Field(gt=0)]
    """Requests a second at least."""


class RehearsedElsewhere(Section):
    """Where a rollback is rehearsed before a deployment."""

    target: NonEmpty
    """As the rehearsal's record names it: staging."""
    folder: Path
    """The evidence folder of that target; keys are those of this target's role map."""
    days: Annotated[int, Field(ge=1, le=90)] = 7
    """How long a rehearsal counts."""


class Evidence(Section):
    """The folder of statements and of the ledger, and the role map; relative paths begin at the project's folder."""

    folder: Path
    roles: Path
    pilot_users: frozenset[NonEmpty] = frozenset()
    """Names in the role map of everybody whose acceptance testing.uat needs."""
    rollback_plan: Path | None = None
    configuration: Path | None = None
    """What ``git ls-tree -r`` said of ``source.configuration`` when that was approved."""
    user_documentation: Path | None = None
    escalation: Path | None = None
    roll_call: Path | None = None
    """Who of those on standby answered, and when: docs/evidence.md has its form."""
    exercise: Exercise | None = None
    load_test: LoadTest | None = None
    rehearsal: RehearsedElsewhere | None = None
