"""The types that every table of a target is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Port = Annotated[int, Field(ge=1, le=65_535)]
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+.*$")]
RoutePath = Annotated[str, Field(pattern=r"^/([^/\s]\S*)?$")]
"""Below a system's own address; two slashes at its begin would name another host."""
NonEmpty = Annotated[str, Field(min_length=1)]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""``HH:MM`` of the market's own time."""
MarketName = Literal["MISO", "CAISO"]


class Section(BaseModel):
    """Base of all tables of a target: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def wrong_field(place: tuple[str, ...], message: str, suggestion: str) -> ValidationError:
    """What to raise where tables that are right by themselves do not fit: the field at fault, and what to try.

    The message must not hold values. ``place`` is the field's, below the model whose validator raises this.
    """
    problem = PydanticCustomError("unfit", "{words}", {"words": message, "suggestion": suggestion})
    return ValidationError.from_exception_data("target", [InitErrorDetails(type=problem, loc=place, input=None)])


class AnswerField(Section):
    """Where a value stands in an HTTP answer: a dotted path in its JSON body, a header, or the whole text body."""

    field: NonEmpty | None = None
    header: NonEmpty | None = None
    body: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> AnswerField:
        if sum(place is not None for place in (self.field, self.header, self.body)) != 1:
            raise ValueError('name exactly one place: field = "a.b", header = "X-Name" or body = true')
        return self


class ExpectedAnswer(AnswerField):
    """A place in an answer and the text that must stand there."""

    equals: NonEmpty
