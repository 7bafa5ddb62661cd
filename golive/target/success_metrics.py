"""The figures by which a release is called a success, captured for its first day."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from golive.target.base import NonEmpty, Seconds, Section

LEAST_STEPS, MOST_STEPS = 2, 11_000
"""The most are as many as Prometheus gives at once."""


class SuccessMetrics(Section):
    """Queries to the Prometheus of [metrics], each of one series, looked at in even steps."""

    live_since: AwareDatetime | None = None
    """When the release went live: the window begins then. Without, it begins when the item is asked: in a lab."""
    seconds: Annotated[float, Field(ge=1, le=7 * 86_400)] = 86_400
    """Length of the window."""
    step: Seconds = 300
    complete: Annotated[float, Field(gt=0, le=1)] = 0.99
    """Share of the steps at which a metric must have a value."""
    metrics: Annotated[dict[NonEmpty, NonEmpty], Field(min_length=1)]
    """Every metric's name and its query, in PromQL."""

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        if not LEAST_STEPS <= self.seconds / self.step < MOST_STEPS:
            raise ValueError(f"step: the window must hold {LEAST_STEPS} steps at least, and fewer than {MOST_STEPS}")
        return self
