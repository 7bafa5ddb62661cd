"""Whether a release was rolled back, and to what, told from Helm's history alone; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from golive.errors import NotApplicable, TooLittleData
from golive.facts.history import Content, History, Revision
from golive.facts.release import expected_tag

SYSTEM = "helm"
PENDING = "pending-rollback"
_WAS_DEPLOYED = frozenset({"deployed", "superseded"})


@dataclass(frozen=True)
class Repeated:
    """What a revision deployed, and which one it is, or is the same as; 0 where it is the same as none."""

    revision: int
    content: Content


@dataclass(frozen=True)
class Rollback:
    """A rollback of a release. ``now`` is the newest revision, ``earlier`` the one that had to be repeated."""

    release: str
    revision: int
    status: str
    failed_hooks: tuple[str, ...]
    now: Repeated
    earlier: Repeated

    @property
    def differences(self) -> dict[str, str]:
        """By what differs, what is and what should be; empty where the earlier revision was repeated."""
        now, earlier = ({"revision": each.revision, **asdict(each.content)} for each in (self.now, self.earlier))
        return {name: f"{now[name]}; expected {earlier[name]}" for name in now if now[name] != earlier[name]}


def rollback_of(tag: str, history: History) -> Rollback:
    """The rollback of the release of that tag.

    Raises NotApplicable, with what was seen, where there was none: before the release, while it is deployed, after a
    later one. Raises TooLittleData where Helm no longer keeps what was before the release.
    """
    newest, earlier = newest_and_earlier(tag, history)
    before = [each for each in history.revisions if each.number <= earlier.number]
    same = [each.number for each in before if each.content == newest.content]
    now, expected = Repeated(max(same, default=0), newest.content), Repeated(earlier.number, earlier.content)
    return Rollback(tag, newest.number, newest.status, newest.failed_hooks, now, expected)


def newest_and_earlier(tag: str, history: History) -> tuple[Revision, Revision]:
    """The newest revision, and the one that was deployed before the release. Raises as ``rollback_of``."""
    expected_tag(tag, SYSTEM)
    revisions, name = history.revisions, history.release
    if not revisions:
        raise NotApplicable(f"Helm knows no release {name} in {history.namespace}: nothing can have been rolled back")
    newest, before = revisions[-1], before_release(tag, revisions)
    if newest.content.tag == tag:
        first = "" if before or revisions[0].number > 1 else "; it is the first release, there is no earlier revision"
        raise NotApplicable(f"{name} {tag} is deployed as revision {newest.number}, not rolled back{first}")
    if before is None:
        kept = f"{revisions[0].number} to {newest.number}"
        raise NotApplicable(f"no revision of {name} that Helm keeps ({kept}) is of {tag}, so it was not rolled back")
    if not _goes_back(tag, revisions, before):
        raise NotApplicable(f"{name} {newest.content.tag} was deployed after {tag}, as revision {newest.number}")
    good = [each for each in before if each.status in _WAS_DEPLOYED]
    if not good:
        raise TooLittleData(
            SYSTEM, f"no revision of {name} from before {tag} is kept that was deployed, so what should run is unknown",
            hint="helm history; keep more with helm upgrade --history-max",
        )  # fmt: skip
    return newest, good[-1]


def before_release(tag: str, revisions: Sequence[Revision]) -> tuple[Revision, ...] | None:
    """What is kept from before the latest run of revisions of that tag, oldest first; None where none is of it."""
    numbers = [place for place, each in enumerate(revisions) if each.content.tag == tag]
    if not numbers:
        return None
    start = numbers[-1]
    while start and revisions[start - 1].content.tag == tag:
        start -= 1
    return tuple(revisions[:start])


def _goes_back(tag: str, revisions: Sequence[Revision], before: Sequence[Revision]) -> bool:
    """Whether the newest revision is of an earlier release, or else Helm calls it a rollback of this very one."""
    newest, earlier = revisions[-1], {each.content.tag for each in before}
    later = [each for each in revisions[len(before) : -1] if each.content.tag not in {tag, *earlier}]
    rolled = newest.description.startswith(("Rollback ", "Release "))  # the latter where it failed to become ready
    return newest.content.tag in earlier or ((rolled or newest.status == PENDING) and not later)
