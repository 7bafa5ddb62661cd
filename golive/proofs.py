"""Proofs as data: in which bad world an item must come out how. Reads ``proofs.toml``.

The worlds themselves are code of a provider (``golive_lab/worlds``); this module only knows their names, so that
``golive checklist`` shows every item's proofs without a lab being installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from golive.errors import BadInputs, Reason
from golive.finding import Outcome
from golive.tomlfile import parse, problems_of


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


def shortened(path: Path) -> Mapping[str, Any]:
    """What the file's [target] changes in the target while it is proved, in good and bad worlds alike."""
    changes: Mapping[str, Any] = parse(path)[1].get("target", {})
    return changes


def load(path: Path) -> list[Proof]:
    """All proofs of a file, in its order. Raises BadInput with file, line and field."""
    text, data = parse(path)
    proofs, problems = [], []
    for number, table in enumerate(data.get("proof", [])):
        try:
            proofs.append(Proof.model_validate(table))
        except ValidationError as error:
            problems += problems_of(error, path, text, rename=lambda place, n=number: ("proof", n, *place))  # type: ignore[misc] # n is bound here
    if problems:
        raise BadInputs(problems)
    return proofs
