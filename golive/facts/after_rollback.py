"""What people do after a rollback: the ticket of its cause, the report, and the fix that was tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from golive.clients.keeper import SYSTEM, keeper
from golive.clients.tickets import ticket_record
from golive.facts.release import expected_tag
from golive.facts.tested_elsewhere import Elsewhere, Tested
from golive.target import Target
from golive.target.needed import required
from golive.target.rollback import Rollback


@dataclass(frozen=True)
class CauseTicket:
    """The ticket in which the cause is looked for; nobody is named."""

    number: str
    state: str
    open: bool
    owned: bool
    releases: tuple[str, ...]
    release: str
    """As the ticket must name the one that was rolled back."""
    links: tuple[str, ...]
    """To reports."""
    report_url: str
    note: str
    service: str = SYSTEM


class Tickets:
    """Where the cause of a rollback is looked for."""

    def __init__(self, target: Target) -> None:
        self.target = target

    @property
    def report(self) -> Path:
        """The incident report's file, from the project's folder."""
        return self._rollback("rollback.incident_report").report

    def cause(self, release: str, item: str) -> CauseTicket:
        """The target's ticket as it is now. Raises WrongVersion where no release is named."""
        settings, change = self._rollback(item), required(self.target.change, "change", item)
        named = change.names.format(release=expected_tag(release, SYSTEM))
        record = ticket_record(keeper(self.target, item), settings)
        return CauseTicket(
            record.number,
            record.state,
            record.open,
            record.owned,
            record.releases,
            named,
            record.links,
            settings.report_url,
            change.note,
        )

    def _rollback(self, item: str) -> Rollback:
        return required(self.target.rollback, "rollback", item)


class Fixes:
    """The fix of what made a rollback necessary, as it was tested elsewhere."""

    def __init__(self, target: Target, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._target, self._root, self._now = target, root, now

    def tested(self) -> Tested:
        """The newest record of the fix's release that looked at any of the wanted items.

        Raises NoEvidence where none is signed as it must be, StaleEvidence for one that is older than the target says.
        """
        item = "rollback.fix_tested"
        settings = required(self._target.rollback, "rollback", item)
        evidence = required(self._target.evidence, "evidence", item)
        elsewhere = Elsewhere(
            "test of the fix", settings.tested, self._root, evidence.roles, self._target.limits.operation
        )
        return elsewhere.newest(settings.fix, self._now(), f"pytest --release={settings.fix}")[0]
