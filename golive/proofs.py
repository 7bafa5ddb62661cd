"""Proofs as data: in which bad world an item must come out how. Reads the files of the folder ``proofs``.

The worlds themselves are code of a provider (``golive_lab/worlds``); this module only knows their names, so that
``golive checklist`` shows every item's proofs without a lab being installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from golive.errors import BadInput, BadInputs, Reason
from golive.finding import Outcome
from golive.tomlfile import line_of, parse, problems_of

FOLDER = "proofs"
SETTINGS = "settings.toml"


class Proof(BaseModel):
    """One bad world of one item, and what the item must say in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    world: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    red_when: Annotated[str, Field(min_length=3)]
    """The fault in the checklist's words."""
    expect: str
    """``FAIL``, or ``UNKNOWN`` with a reason code: ``UNKNOWN unreachable``."""
    says: str = ""
    """Regular expression that the finding's message must match: red, and for this reason."""
    within: Annotated[str, Field(pattern=r"^[a-z0-9_]*$")] = ""
    """A world in which the item has something to look at and passes: it stands before, during and after the bad one."""
    under: Annotated[str, Field(pattern=r"^[a-z_]*$")] = ""
    """Name of further changes of the target ([under] of the settings) with which alone it is shown."""

    @field_validator("says")
    @classmethod
    def _compiles(cls, value: str) -> str:
        re.compile(value)
        return value

    @model_validator(mode="after")
    def _expectation(self) -> Proof:
        outcome, _, reason = self.expect.partition(" ")
        if outcome == Outcome.FAIL and not reason:
            if not self.says:
                raise ValueError("a FAIL has no reason code, so `says` must show that it is red for the right reason")
        elif outcome != Outcome.UNKNOWN or reason not in set(Reason):
            raise ValueError(f'expect is "FAIL" or "UNKNOWN <reason>", not {self.expect!r}')
        return self


class Control(BaseModel):
    """Where the good world is shown otherwise than before and after each bad one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    around_all: frozenset[str] = frozenset()
    """Items whose PASS is shown before their first world and after their last one, but not between."""


class Settings(BaseModel):
    """``settings.toml`` of the folder: what holds for all proofs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    control: Control = Control()
    target: Mapping[str, Any] = {}
    """What is changed in the target while it is proved, in good and bad worlds alike."""
    under: Mapping[str, Mapping[str, Any]] = {}
    """By name, what is changed besides for proofs of an item that is established otherwise on other targets."""


def settings(folder: Path) -> Settings:
    """What holds for all proofs of a folder; nothing where it has no such file. Raises BadInput with file and line."""
    path = folder / SETTINGS
    if not path.exists():
        return Settings()
    text, data = parse(path)
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise BadInputs(problems_of(error, path, text, model=Settings)) from None


def load(folder: Path) -> list[Proof]:
    """All proofs of a folder, file by file. Raises BadInput with file, line and field."""
    proofs, problems = [], []
    for path in sorted(folder.glob("*.toml")):
        if path.name != SETTINGS:
            found, wrong = _read(path)
            proofs += found
            problems += wrong
    if problems:
        raise BadInputs(problems)
    return proofs


def _read(path: Path) -> tuple[list[Proof], list[BadInput]]:
    text, data = parse(path)
    problems = [
        BadInput("holds only [[proof]] tables", file=path, line=line_of(text, (name,)), field=name,
                 suggestion=f"[target] and [control] belong into {SETTINGS}")
        for name in data.keys() - {"proof"}
    ]  # fmt: skip
    proofs = []
    for number, table in enumerate(data.get("proof", [])):
        try:
            proofs.append(Proof.model_validate(table))
        except ValidationError as error:
            problems += problems_of(error, path, text, rename=lambda place, n=number: ("proof", n, *place))  # type: ignore[misc] # n is bound here
    return proofs, problems
