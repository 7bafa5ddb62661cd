"""Whether a release was ever rolled back: what people then owe stays due when it, or its fix, is deployed later.

Whether it is rolled back now, and rightly, is told by ``golive.facts.rollback``; both are seen in Helm's history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from golive.clients.kubernetes import SYSTEM
from golive.errors import NotApplicable, ProtocolBroken, TooLittleData
from golive.facts.history import Revision, before_release, deployed_tags


@dataclass(frozen=True)
class RolledBack:
    """What was seen. ``revision``: the one that went back, by its number; 0 where none did."""

    release: str
    revision: int
    left: int
    """The revision of the release that was left."""
    tag: str
    """What the newest revision that went back brought."""
    words: str
    """What it says of itself."""
    at: datetime | None
    history: tuple[str, ...]
    """Each revision that is kept: number, status, tag and description."""

    def must_be(self) -> datetime:
        """When it was. Raises NotApplicable where it never was."""
        if self.at is None:
            raise NotApplicable(f"Helm's history shows no rollback of {self.release}")
        return self.at


def rolled_back(history: Sequence[Revision], release: str) -> RolledBack:
    """The last rollback of a release. Raises TooLittleData where the history does not reach back far enough to tell.

    Back goes a revision that Helm made by a rollback from the release, or one with the tag of what was deployed before
    it: pipelines go back by an upgrade to the earlier tag. A failed upgrade may lie in between. So does an uninstall
    that keeps its history.
    """
    _tells(history, release)
    seen = tuple(f"{each.number} {each.status} {each.content.tag}: {each.description}" for each in history)
    for index in range(len(history) - 1, -1, -1):
        left = _left_by(history, index, release)
        if left is not None:
            back = history[index]
            return RolledBack(
                release, back.number, left.number, back.content.tag, back.description, _moment(back.deployed), seen
            )
    return RolledBack(release, 0, 0, "", "", None, seen)


def _tells(history: Sequence[Revision], release: str) -> None:
    if not history:
        raise TooLittleData(SYSTEM, "Helm keeps no history of the application's release", hint="helm history")
    if history[0].number > 1 and release not in {each.content.tag for each in history}:
        words = f"Helm's history begins with revision {history[0].number} and has none of {release}"
        raise TooLittleData(SYSTEM, words, hint="it may have been among those that are no longer kept: --history-max")


def _left_by(history: Sequence[Revision], index: int, release: str) -> Revision | None:
    """The revision of the release that this one went back from; None where it did not."""
    back, before = history[index], history[:index]
    if back.uninstalled and back.content.tag == release:
        return back
    earlier = before_release(release, before)
    if earlier is None:
        return None
    went_back = _returns(back, before, deployed_tags(earlier) - {release}) or _by_helm(back, before, release)
    return next(each for each in reversed(before) if each.content.tag == release) if went_back else None


def _returns(back: Revision, before: Sequence[Revision], tags: frozenset[str]) -> bool:
    """Whether it is the first one again of those that were deployed before the release."""
    return back.content.tag in tags and before[-1].content.tag not in tags


def _by_helm(back: Revision, before: Sequence[Revision], release: str) -> bool:
    """Whether Helm made it by a rollback from the release: directly after it, or to another one while it ran."""
    if not back.rolled or before[-1].content.tag == release:
        return back.rolled
    ran = next((each.content.tag for each in reversed(before) if each.was_deployed), "")
    return back.content.tag != release == ran


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProtocolBroken(SYSTEM, f"Helm's record says {text!r} where a time should stand") from error
    return moment.astimezone(UTC)
