"""The load test before a deployment: a signed record of the performance phase, in the ledger of where it was run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from golive.errors import BadInput, NoEvidence, StaleEvidence
from golive.evidence import roles
from golive.evidence.chain import Broken
from golive.evidence.ledger import Entered, ledger
from golive.evidence.record import FindingEntry
from golive.target import Target
from golive.target.evidence import Evidence, LoadTest
from golive.target.needed import required

SYSTEM = "load test"
_ITEM, _COURSE, _LOADED = "testing.load", "LoadCourse", "performance.api_latency"


@dataclass(frozen=True)
class LoadTested:
    """What the newest load test of a release found. ``rate``: requests a second, as planned; None where none were."""

    run: str
    where: str
    ended: datetime
    outcomes: Mapping[str, str]
    rate: float | None
    wanted_rate: float
    record_sha256: str


class LoadTests:
    """The load tests of a release, as their ledger has them."""

    def __init__(self, target: Target, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._target, self._root, self._now = target, root, now

    def newest(self, release: str) -> LoadTested:
        """The newest record that looked at the performance phase.

        Raises NoEvidence where none is signed as it must be, StaleEvidence for one that is older than the target says.
        """
        wanted = self._wanted
        looked = [entered for entered in self._records(release) if wanted.items & _outcomes(entered).keys()]
        if not looked:
            words = f"no record of {wanted.target} {release} looked at {', '.join(sorted(wanted.items))}"
            raise NoEvidence(SYSTEM, words, hint=f"pytest -m performance --target={wanted.target}, then golive enter")
        newest = max(looked, key=lambda entered: entered.record.ended)
        ended = datetime.fromisoformat(newest.record.ended)
        age = self._now() - ended
        if age >= timedelta(days=wanted.days):
            raise StaleEvidence(SYSTEM, f"{newest.record.run} is {age.days} days old; a load test counts {wanted.days}")
        outcomes = {item: _outcomes(newest).get(item, "not looked at") for item in sorted(wanted.items)}
        return LoadTested(newest.record.run, wanted.target, ended, outcomes, _rate(newest), wanted.rate, newest.sha256)

    @property
    def _evidence(self) -> Evidence:
        return required(self._target.evidence, "evidence", _ITEM)

    @property
    def _wanted(self) -> LoadTest:
        return required(self._evidence.load_test, "evidence.load_test", _ITEM)

    def _records(self, release: str) -> tuple[Entered, ...]:
        try:
            known = roles.read(self._root / self._evidence.roles)
            return ledger(self._root / self._wanted.folder, self._wanted.target, release, known).records
        except (BadInput, Broken) as error:
            raise NoEvidence(SYSTEM, f"its ledger proves nothing: {error}") from None


def _outcomes(entered: Entered) -> dict[str, str]:
    return {finding.item: finding.outcome for finding in entered.record.findings if finding.nodeid}


def _rate(entered: Entered) -> float | None:
    found = [_planned(finding) for finding in entered.record.findings if finding.item == _LOADED]
    return found[0] if found else None


def _planned(finding: FindingEntry) -> float | None:
    rates = [entry.fields.get("rate") for entry in finding.evidence if entry.subject == _COURSE]
    return float(rates[0]) if rates and isinstance(rates[0], int | float) else None
