"""The Web Hub: where it is, and what of its page must be seen."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from golive.target.base import AnswerField, HttpUrl, NonEmpty, RoutePath, Seconds, Section


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return pattern


def _tells(pattern: str) -> str:
    if re.search(pattern, ""):
        raise ValueError(
            f"{pattern!r} matches even an empty text; say what data looks like, as '\\d+\\.\\d' for a price"
        )
    return pattern


Pattern = Annotated[NonEmpty, AfterValidator(_compiles)]
"""A regular expression that is searched for."""
Shown = Annotated[Pattern, AfterValidator(_tells)]
"""A regular expression of what data looks like."""


class Moving(Section):
    """What must change by itself while it is looked at: the ticker's rows."""

    selector: NonEmpty
    """CSS selector of single rows, of which new ones must come, or whose prices must change."""
    shows: Shown
    """Only texts that this matches count; changed times of day and ages (``3 s ago``) are no change."""


class Widget(Section):
    """A part of the page that must have data: elements that show it, not the frame around them."""

    selector: NonEmpty
    shows: Shown | None = None
    """What the text of an element must match, as a price; absent: a drawing, at least 8 pixels wide and high."""
    at_least: Annotated[int, Field(ge=1, le=10_000)] = 1
    """How many elements must."""


class Hub(Section):
    """The Web Hub, as a customer sees it in a browser."""

    url: HttpUrl
    path: RoutePath = "/"
    persona: Literal["miso", "caiso"] = "miso"
    usable: Seconds = 10
    """From opening the page to every widget having data, login included."""
    username_field: NonEmpty = "#username"
    password_field: NonEmpty = "#password"  # noqa: S105 - a CSS selector
    submit: NonEmpty = "#kc-login"
    widgets: Annotated[dict[NonEmpty, Widget], Field(min_length=1)]
    moving: Moving | None = None
    identity: tuple[NonEmpty, ...] = ()
    """CSS selectors of what names the customer, masked in the screenshot: none is taken where one matches nothing."""
    allowed_failures: tuple[Pattern, ...] = ()
    """Regular expressions of URLs whose requests may fail."""

    version: AnswerField | None = None
    """Where the hub says which release it is; absent: the page's own answer has the gateway's version header."""
    version_route: RoutePath | None = None
    """Where that is asked for, without a token; absent: the page's own answer, of which only a header can be it."""

    @model_validator(mode="after")
    def _readable(self) -> Hub:
        if self.version_route is not None and self.version is None:
            raise ValueError("version_route needs version: where the release stands in its answer")
        if self.version is not None and self.version.header is None and self.version_route is None:
            raise ValueError("version is no header, and the page has no other place for it: add version_route")
        return self
