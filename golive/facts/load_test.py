"""The load test before a deployment: a signed record of the performance phase, in the ledger of where it was run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from golive.evidence.ledger import Entered
from golive.facts.tested_elsewhere import Elsewhere, finding_of
from golive.target import Target
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
        evidence = required(self._target.evidence, "evidence", _ITEM)
        wanted = required(evidence.load_test, "evidence.load_test", _ITEM)
        elsewhere = Elsewhere(SYSTEM, wanted, self._root, evidence.roles, self._target.limits.operation)
        tested, entered = elsewhere.newest(release, self._now(), "pytest -m performance")
        return LoadTested(
            tested.run, tested.where, tested.ended, tested.outcomes, _rate(entered), wanted.rate, tested.record_sha256
        )


def _rate(entered: Entered) -> float | None:
    loaded = finding_of(entered, _LOADED)
    rates = [entry.fields.get("rate") for entry in loaded.evidence if entry.subject == _COURSE] if loaded else []
    return float(rates[0]) if rates and isinstance(rates[0], int | float) else None
