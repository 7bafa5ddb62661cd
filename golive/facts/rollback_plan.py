"""Whether the way back was gone before: the revision to go back to, and the signed rehearsal of it elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from golive.clients.kubernetes import SYSTEM as CLUSTER
from golive.errors import BadInput, NoEvidence, StaleEvidence, TooLittleData
from golive.evidence import rehearsals, roles
from golive.evidence.rehearsals import Rehearsal
from golive.facts.history import Revision, last_deployed
from golive.facts.release import expected_tag
from golive.facts.shared_folder import read_from
from golive.target import Target
from golive.target.evidence import RehearsedElsewhere
from golive.target.needed import required

SYSTEM, ITEM = "rehearsal", "application.rollback_plan"


@dataclass(frozen=True)
class WayBack:
    """The revision to which the release would be rolled back: the newest one of another release that was deployed."""

    revision: int
    status: str
    tag: str
    kept: int
    """Revisions that Helm keeps."""


@dataclass(frozen=True)
class Rehearsed:
    """The newest rehearsal of a release. ``wrong``: by state and item, what was not PASS."""

    run: str
    where: str
    release: str
    earlier_release: str
    wrong: Mapping[str, str]
    ended: datetime
    signed_by: str
    file: str


def way_back(history: Sequence[Revision], release: str) -> WayBack:
    """Where a rollback of the release would lead. Raises TooLittleData where Helm keeps nothing from before it."""
    expected_tag(release, CLUSTER)
    earlier = last_deployed(history, release)
    if earlier:
        return WayBack(earlier.number, earlier.status, earlier.content.tag, len(history))
    words = f"Helm keeps no revision that was deployed before {release}: there is none to go back to"
    hint = "a first release is taken back by an uninstall, which people rehearse by themselves; waive the item for it"
    raise TooLittleData(CLUSTER, words, hint=hint)


class Rehearsals:
    """The rehearsals of a release on another target, as they were signed there."""

    def __init__(self, target: Target, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._target, self._root, self._now = target, root, now

    def newest(self, release: str) -> Rehearsed:
        """The newest one that is signed as it must be.

        Raises NoEvidence where there is none, with what is wrong with the last; StaleEvidence where it is too old.
        """
        expected_tag(release, SYSTEM)
        evidence = required(self._target.evidence, "evidence", ITEM)
        wanted = required(evidence.rehearsal, "evidence.rehearsal", ITEM)
        found = [self._counting(each, wanted, release) for each in self._read(evidence.roles, wanted, release)]
        good = [each for each in found if isinstance(each, Rehearsed)]
        if not good:
            words = found[-1] if found else f"{release} was not rehearsed on {wanted.target}"
            raise NoEvidence(SYSTEM, str(words), hint=f"golive rehearse rollback --target {wanted.target}")
        newest = max(good, key=lambda each: each.ended)
        age = self._now() - newest.ended
        if age >= timedelta(days=wanted.days):
            raise StaleEvidence(SYSTEM, f"{newest.run} is {age.days} days old; a rehearsal counts {wanted.days}")
        return newest

    def _read(self, role_map: Path, wanted: RehearsedElsewhere, release: str) -> list[rehearsals.Signed]:
        folder = self._root / wanted.folder

        def all_of_them() -> list[rehearsals.Signed]:
            return rehearsals.read(folder, release, roles.read(self._root / role_map))

        try:
            return read_from(folder, self._target.limits.operation, all_of_them, system=SYSTEM)
        except BadInput as error:
            raise NoEvidence(SYSTEM, f"its signature cannot be checked: {error}") from None

    @staticmethod
    def _counting(each: rehearsals.Signed, wanted: RehearsedElsewhere, release: str) -> Rehearsed | str:
        """The rehearsal, or in words why it counts for nothing."""
        says = each.says
        if says is None or each.signer is None or each.refused:
            return f"{each.path.name}: {each.refused}"
        if (says.target, says.release) != (wanted.target, release):
            return f"{each.path.name} is of {says.target} {says.release}, not of {wanted.target} {release}"
        return _rehearsed(says, each.signer.words, each.path.name)


def _rehearsed(says: Rehearsal, signed_by: str, file: str) -> Rehearsed:
    return Rehearsed(says.run, says.target, says.release, says.earlier_release, says.wrong, says.ended, signed_by, file)
