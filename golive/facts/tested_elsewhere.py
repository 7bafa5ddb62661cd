"""What was tested on another target: its signed records, in the ledger of where it was run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from golive.errors import BadInput, NoEvidence, StaleEvidence
from golive.evidence import roles
from golive.evidence.chain import Broken
from golive.evidence.ledger import Entered, ledger
from golive.evidence.record import FindingEntry
from golive.facts.shared_folder import read_from
from golive.target.evidence import TestedElsewhere


@dataclass(frozen=True)
class Tested:
    """The newest record that looked at any of the items; one that it did not look at has no outcome."""

    run: str
    where: str
    release: str
    ended: datetime
    outcomes: Mapping[str, str]
    record_sha256: str


@dataclass(frozen=True)
class Elsewhere:
    """The ledger of another target, by the role map of this one. ``what``: how messages name such a test."""

    what: str
    wanted: TestedElsewhere
    root: Path
    roles: Path
    seconds: float
    """Within which its folder has to be read."""

    def newest(self, release: str, now: datetime, command: str) -> tuple[Tested, Entered]:
        """The newest record of that release, and what it is in the ledger. ``command``: by which one is made.

        Raises NoEvidence where none is signed as it must be, StaleEvidence for one that is older than the target says.
        """
        wanted = self.wanted
        looked = [entered for entered in self._records(release) if wanted.items & outcomes(entered).keys()]
        if not looked:
            words = f"no record of {wanted.target} {release} looked at {', '.join(sorted(wanted.items))}"
            raise NoEvidence(self.what, words, hint=f"{command} --target={wanted.target}, then golive enter")
        newest = max(looked, key=lambda entered: entered.record.ended)
        ended = datetime.fromisoformat(newest.record.ended)
        if now - ended >= timedelta(days=wanted.days):
            words = f"{newest.record.run} is {(now - ended).days} days old; a {self.what} counts {wanted.days}"
            raise StaleEvidence(self.what, words, hint=f"{command} --target={wanted.target}, then golive enter")
        found = {item: outcomes(newest).get(item, "not looked at") for item in sorted(wanted.items)}
        return Tested(newest.record.run, wanted.target, release, ended, found, newest.sha256), newest

    def _records(self, release: str) -> tuple[Entered, ...]:
        folder = self.root / self.wanted.folder

        def all_of_them() -> tuple[Entered, ...]:
            known = roles.read(self.root / self.roles)
            return ledger(folder, self.wanted.target, release, known).records

        try:
            return read_from(folder, self.seconds, all_of_them, system=self.what)
        except (BadInput, Broken) as error:
            raise NoEvidence(self.what, f"its ledger proves nothing: {error}") from None


def outcomes(entered: Entered) -> dict[str, str]:
    """What a record found, by item, of those that its run looked at."""
    return {finding.item: finding.outcome for finding in entered.record.findings if finding.nodeid}


def finding_of(entered: Entered, item: str) -> FindingEntry | None:
    """What a record says of one item; None where it says nothing."""
    return next((finding for finding in entered.record.findings if finding.item == item), None)
