"""Rollback: root cause analysis initiated."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.rollback


@pytest.mark.item("rollback.root_cause")
def test_somebody_looks_for_the_root_cause(rolled_back, tickets, attestations, evidence):
    """This release's ticket MUST be open with an owner, and the engineering lead MUST state that it is worked on.

    Hint: assign the ticket that rollback.ticket of the target names; then golive attest rollback.root_cause.
    """
    ticket = tickets.cause(rolled_back.release, "rollback.root_cause")
    evidence.add(ticket)
    assert ticket.open, f"{ticket.number} is {ticket.state}, so no longer open"
    assert ticket.owned, f"{ticket.number} has no owner"
    assert ticket.release in ticket.releases, f"{ticket.number} is of another release"

    stated = attestations.of("rollback.root_cause", by="engineering_lead", since=rolled_back.at)
    evidence.add(stated)
    assert stated.holds, f"{stated.name} states that it does not hold: {stated.statement}"
