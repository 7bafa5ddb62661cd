"""Rollback: incident report created."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.rollback


@pytest.mark.item("rollback.incident_report")
def test_the_incident_report_is_written_and_linked(rolled_back, tickets, attestations, evidence):
    """The ticket MUST link the incident report, which the engineering lead MUST have accepted as it stands.

    Hint: link the report in the ticket; then golive attest rollback.incident_report --evidence REPORT.
    """
    ticket = tickets.cause(rolled_back.release, "rollback.incident_report")
    evidence.add(ticket)
    assert ticket.report_url in ticket.links, f"{ticket.number} does not link the incident report"
    assert ticket.release in ticket.releases, f"{ticket.number} is of another release"

    stated = attestations.of_document(
        "rollback.incident_report",
        by="engineering_lead",
        document=tickets.report,
        field="rollback.report",
        since=rolled_back.at,
    )
    evidence.add(stated)
    assert stated.holds, f"{stated.name} states that it does not hold: {stated.statement}"
