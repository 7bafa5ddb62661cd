"""The change record of the deployment, against the release and the time of day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from golive.clients.change import ChangeRecord, change_record
from golive.clients.keeper import SYSTEM, keeper
from golive.facts.release import expected_tag
from golive.target import Target
from golive.target.change import Change
from golive.target.needed import required

ITEM, AGAIN = "preflight.change_request", "rollback.rescheduled"


@dataclass(frozen=True)
class ChangeRequest:
    """The record. ``wanting`` says in words what keeps it from allowing what is asked for; empty where nothing."""

    number: str
    state: str
    approval: str
    releases: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    looked_at: datetime
    wanting: tuple[str, ...]
    note: str
    service: str = SYSTEM


class Changes:
    """Where changes are recorded."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def request(self, release: str) -> ChangeRequest:
        """The target's record, for this release and now. Raises WrongVersion where no release is named."""
        settings, expected = required(self.target.change, "change", ITEM), expected_tag(release, SYSTEM)
        record, now = change_record(keeper(self.target, ITEM), settings, settings.number), datetime.now(UTC)
        window = record.start is not None and record.end is not None and record.start <= now < record.end
        held = {
            **_approved(record, settings, expected),
            f"its window, {_words(record.start)} to {_words(record.end)}, does not contain now": window,
        }
        return _request(record, now, held, settings)

    def again(self) -> ChangeRequest:
        """The record of the change by which the fix is to be deployed after a rollback, at a time that is not over."""
        settings = required(self.target.change, "change", AGAIN)
        rollback = required(self.target.rollback, "rollback", AGAIN)
        record, now = change_record(keeper(self.target, AGAIN), settings, rollback.change), datetime.now(UTC)
        planned = record.start is not None and record.end is not None and now < record.end
        held = {
            **_approved(record, settings, rollback.fix),
            f"{record.number} is the change that was rolled back, and no new one": rollback.change != settings.number,
            f"its window, {_words(record.start)} to {_words(record.end)}, is not to come": planned,
        }
        return _request(record, now, held, settings)


def _approved(record: ChangeRecord, settings: Change, release: str) -> dict[str, bool]:
    """What any change must be to deploy that release, in words of its being otherwise."""
    named = settings.names.format(release=release)
    return {
        f"it is {record.state}, so no longer open": record.open,
        f"its approval is {record.approval or 'empty'}": record.approval in settings.approved,
        f"it is for {', '.join(record.releases) or 'no release'}, not for {named}": named in record.releases,
    }


def _request(record: ChangeRecord, now: datetime, held: Mapping[str, bool], settings: Change) -> ChangeRequest:
    wanting = tuple(words for words, holds in held.items() if not holds)
    return ChangeRequest(
        record.number,
        record.state,
        record.approval,
        record.releases,
        record.start,
        record.end,
        now,
        wanting,
        settings.note,
    )


def _words(moment: datetime | None) -> str:
    return "not set" if moment is None else moment.astimezone(UTC).isoformat(timespec="minutes")
