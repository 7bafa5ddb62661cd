"""The roll-call before a deployment: a YAML file of who answered, written by whoever takes the roll and attests it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from golive.errors import BadInputs
from golive.evidence.statements import Utc, Words
from golive.tomlfile import problems_of
from golive.yamlfile import parse


class Answer(BaseModel):
    """One line: who answered, when, and by what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: Words
    """PagerDuty's id."""
    at: Utc
    by: Annotated[str, Field(max_length=40)] = ""


class RollCall(BaseModel):
    """Everybody who answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answers: tuple[Answer, ...]


def read(path: Path) -> RollCall:
    """The list. Raises BadInput with file, line and field for one that cannot be read."""
    file = parse(path)
    try:
        return RollCall.model_validate(file.data)
    except ValidationError as error:
        raise BadInputs(problems_of(error, path, file.line, model=RollCall)) from None
