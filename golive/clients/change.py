"""What a change record says, as far as it decides whether to deploy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from golive.clients.keeper import Held, Keeper, Reference, names
from golive.target.change import Change

TABLE = "change_request"
"""ServiceNow's."""


@dataclass(frozen=True)
class ChangeRecord:
    """One record. ``state`` in the keeper's own words; ``open`` while it is neither closed nor cancelled."""

    number: str
    state: str
    open: bool
    approval: str
    releases: tuple[str, ...]
    start: datetime | None
    end: datetime | None


def change_record(keeper: Keeper, settings: Change, number: str) -> ChangeRecord:
    """The record of that number as it is now. Raises CannotEstablish where the keeper does not give it."""

    def made(held: Held) -> ChangeRecord:
        approval, releases, start, end = (held.fields[name] for name in fields)
        (approved,) = names(approval) or ("",)
        times = keeper.moment(start), keeper.moment(end)
        return ChangeRecord(held.number, held.state, held.open, approved, names(releases), *times)

    fields = (settings.approval, settings.release, settings.start, settings.end)
    return keeper.read(Reference(TABLE, number), fields, made)
