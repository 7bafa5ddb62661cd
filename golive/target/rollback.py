"""What people do after a rollback, and where it is to be seen; a release that was not rolled back needs none of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from golive.target.base import NonEmpty, Section
from golive.target.evidence import TestedElsewhere


class Rollback(Section):
    """The ticket, the report, the fix and its deployment. Ticket and change lie where [change] says."""

    ticket: NonEmpty
    """In which the cause is looked for: ``PRB0040001``; an issue's key in Jira."""
    table: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = "problem"
    """The ticket's in ServiceNow."""
    owner: NonEmpty = "assigned_to"
    """Field that names who looks for it; ``assignee`` in Jira."""
    release: NonEmpty
    """Field that names the release that was rolled back, in the form of ``change.names``; ``versions`` in Jira."""
    link: NonEmpty
    """Field that links the incident report."""
    report: Path
    """The incident report, which its statement names by sha256."""
    report_url: Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$")]
    """The link to it that the ticket must have."""
    fix: NonEmpty
    """The release that brings the fix."""
    change: NonEmpty
    """The record of the change by which that one is to be deployed."""
    tested: TestedElsewhere
    """The run in which the fix was tested."""
