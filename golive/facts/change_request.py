"""The change record of the deployment, against the release and the time of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from golive.clients.change import SYSTEM, change_records
from golive.facts.release import expected_tag
from golive.target import Target
from golive.target.needed import required

ITEM = "preflight.change_request"


@dataclass(frozen=True)
class ChangeRequest:
    """The record. ``wanting`` says in words what keeps it from allowing this deployment now; empty where nothing."""

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
        """The target's record now. Raises WrongVersion where no release is named."""
        settings = required(self.target.change, "change", ITEM)
        named = settings.names.format(release=expected_tag(release, SYSTEM))
        record = change_records(self.target, ITEM).record()
        now = datetime.now(UTC)
        held = {
            f"it is {record.state}, so no longer open": record.open,
            f"its approval is {record.approval or 'empty'}": record.approval in settings.approved,
            f"it is for {', '.join(record.releases) or 'no release'}, not for {named}": named in record.releases,
            f"its window, {_words(record.start)} to {_words(record.end)}, does not contain now": (
                record.start is not None and record.end is not None and record.start <= now < record.end
            ),
        }
        return ChangeRequest(
            record.number,
            record.state,
            record.approval,
            record.releases,
            record.start,
            record.end,
            now,
            tuple(words for words, holds in held.items() if not holds),
            settings.note,
        )


def _words(moment: datetime | None) -> str:
    return "not set" if moment is None else moment.astimezone(UTC).isoformat(timespec="minutes")
