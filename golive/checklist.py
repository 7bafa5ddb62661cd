"""The checklist as data: its phases, its items and their order. Reads ``checklist.toml``."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from golive.errors import BadInput, BadInputs
from golive.nearest import did_you_mean
from golive.target.model import Level, Target
from golive.tomlfile import line_of, parse, problems_of

Owner = Literal["engineering_lead", "product_owner", "security_officer", "operations_manager"]
Scope = Literal["cluster", "configuration", "data", "release"]
NonEmptyPath = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Phase(BaseModel):
    """One moment of the day: its marker, its folder of tests, and how long its findings count by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Word
    title: str
    folder: str
    fresh_hours: Annotated[int, Field(ge=0)]
    """0: until the next deployment of the target."""
    after_hours: Annotated[int, Field(ge=0)] = 0
    """How long the release must have run, by the ledger's own times, before a finding of the phase counts there."""


class Item(BaseModel):
    """One line of the checklist."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]
    title: str
    phase: Word
    section: Word
    owner: Owner
    established: Literal["measured", "attested", "measured+attested", "measured or attested"]
    levels: Annotated[frozenset[Level], Field(min_length=1)]
    optional: frozenset[Level] = frozenset()
    """Levels at which it does more where they are granted, and without which it is established all the same."""
    does: dict[Level, Annotated[str, Field(min_length=10)]] = Field(default_factory=dict)
    """What it does to a target at each level beyond observe, in words, for ``golive plan``."""
    instead: dict[Level, NonEmptyPath] = Field(default_factory=dict)
    """Tables of the target, as ``metrics.requests``, that stand in place of a level: with one the item needs it not."""
    scope: Scope
    fresh_hours: Annotated[int, Field(ge=0)]
    not_applicable: bool = False
    waivable: bool = True
    """Whether a waiver may stand for it."""

    @model_validator(mode="after")
    def _says_what_it_does(self) -> Item:
        levels = self.levels | self.optional
        silent, idle = levels - {Level.OBSERVE} - self.does.keys(), self.does.keys() - levels
        if both := self.levels & self.optional:
            raise ValueError(f"level {', '.join(sorted(both))} is needed or optional, not both")
        if silent:
            raise ValueError(
                f'has level {", ".join(sorted(silent))} and does not say what it does there: does.{min(silent)} = "…"'
            )
        if self.instead.keys() - self.levels:
            raise ValueError("names a table in place of a level that it does not have")
        if idle:
            raise ValueError(f"says what it does at level {', '.join(sorted(idle))}, which it does not have")
        return self

    def needs(self, target: Target) -> frozenset[Level]:
        """The levels that it needs on this target."""
        return self.levels - {level for level, table in self.instead.items() if target.has(table)}

    @property
    def markers(self) -> frozenset[str]:
        """The markers by which ``-m`` selects it."""
        return frozenset({self.phase, self.section})


class Checklist(BaseModel):
    """All phases and items, in the order of the day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phases: tuple[Phase, ...]
    items: tuple[Item, ...]

    @cached_property
    def by_id(self) -> dict[str, Item]:
        """Items under their ids."""
        return {item.id: item for item in self.items}

    @cached_property
    def phase_by_name(self) -> dict[str, Phase]:
        """Phases under their markers."""
        return {phase.name: phase for phase in self.phases}

    @cached_property
    def markers(self) -> dict[str, str]:
        """Every marker with its description, phases first."""
        found = {phase.name: f"{phase.title} (phase)" for phase in self.phases}
        for item in self.items:
            found.setdefault(item.section, f"section {item.section.replace('_', ' ')} of the checklist")
        return found

    def named(self, item: str) -> Item:
        """The item of that id. Raises BadInput for what is none, with the nearest."""
        if item not in self.by_id:
            raise BadInput(f"{item!r} is not an item of the checklist", suggestion=self.suggestion(item))
        return self.by_id[item]

    def suggestion(self, unknown_id: str) -> str:
        """The id nearest to an unknown one, in words."""
        return did_you_mean(unknown_id, self.by_id) or "`golive checklist` lists the ids"


def load(path: Path) -> Checklist:
    """Read a checklist. Raises BadInput with file, line and field for whatever is wrong in it."""
    text, data = parse(path)
    phases = data.get("phase", [])
    fresh = {phase.get("name"): phase.get("fresh_hours") for phase in phases}
    for identifier, table in data.get("item", {}).items():
        if table.get("phase") not in fresh:
            raise BadInput(
                f"no phase {table.get('phase')!r} is declared",
                file=path, line=line_of(text, ("item", identifier, "phase")), field=f"item.{identifier}.phase",
                suggestion=f"one of: {', '.join(map(str, fresh))}",
            )  # fmt: skip
    items = [_item(identifier, table, fresh) for identifier, table in data.get("item", {}).items()]
    try:
        return Checklist.model_validate({"phases": phases, "items": items})
    except ValidationError as error:
        ids = list(data.get("item", {}))
        raise BadInputs(problems_of(error, path, text, rename=lambda where: _place(where, ids))) from None


def _item(identifier: str, table: dict[str, Any], fresh: dict[Any, Any]) -> dict[str, Any]:
    return {"id": identifier, "fresh_hours": fresh.get(table.get("phase")), **table}


def _place(where: tuple[int | str, ...], ids: list[str]) -> tuple[int | str, ...]:
    if where[:1] == ("items",) and len(where) > 1:
        return ("item", ids[int(where[1])], *where[2:])
    if where[:1] == ("phases",):
        return ("phase", *where[1:])
    return where
