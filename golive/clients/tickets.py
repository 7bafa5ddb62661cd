"""What a ticket says: a problem of ServiceNow's or an issue of Jira's, in which a cause is looked for."""

from __future__ import annotations

from dataclasses import dataclass

from golive.clients.keeper import Held, Keeper, Reference, names
from golive.target.rollback import Rollback


@dataclass(frozen=True)
class TicketRecord:
    """One ticket. ``owned``: whether somebody is named who looks for the cause; who, stays there."""

    number: str
    state: str
    open: bool
    owned: bool
    releases: tuple[str, ...]
    links: tuple[str, ...]
    """What stands in the field that links the report."""


def ticket_record(keeper: Keeper, settings: Rollback) -> TicketRecord:
    """The target's ticket as it is now. Raises CannotEstablish where the keeper does not give it."""

    def made(held: Held) -> TicketRecord:
        owner, releases, links = (held.fields[name] for name in fields)
        return TicketRecord(held.number, held.state, held.open, bool(owner), names(releases), names(links))

    fields = (settings.owner, settings.release, settings.link)
    return keeper.read(Reference(settings.table, settings.ticket), fields, made)
