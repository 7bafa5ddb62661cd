"""Where the reports of image scans are, and which of their findings the release may go live with."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from golive.target.base import AnswerField, NonEmpty, Section


class CriticalWaiver(Section):
    """One vulnerability that is known and taken, why, and until when."""

    id: NonEmpty
    """``CVE-2026-12345``, ``GHSA-…``."""
    reason: Annotated[str, Field(min_length=10)]
    until: date
    """The last day on which it holds."""


class Scans(Section):
    """Reports of Trivy or Grype, as JSON or SARIF, one an image, in a bucket that the suite may read."""

    bucket: NonEmpty
    prefix: str = ""
    digest: AnswerField | None = None
    """Only where no cluster can be asked which images run: where each service's health answer says its own, as
    ``sha256:…`` or with the image's name before it."""
    max_age_days: Annotated[float, Field(gt=0)] = 7
    waivers: tuple[CriticalWaiver, ...] = ()
