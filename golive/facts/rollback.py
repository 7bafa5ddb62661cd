"""Whether a release was rolled back, and to what, told from Helm's history alone; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from golive.errors import NotApplicable, TooLittleData
from golive.facts.history import Content, History, Revision, before_release, deployed_tags, last_deployed
from golive.facts.release import expected_tag

SYSTEM = "helm"


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
    """The newest revision, and the last one of another release deployed before this one. Raises as ``rollback_of``."""
    expected_tag(tag, SYSTEM)
    revisions, name = history.revisions, history.release
    if not revisions:
        raise NotApplicable(f"Helm knows no release {name} in {history.namespace}: nothing can have been rolled back")
    newest, before = revisions[-1], before_release(tag, revisions)
    if newest.content.tag == tag:
        whole = revisions[0].number == 1 and last_deployed(revisions, tag) is None
        first = "; it is the first release, there is no earlier revision" if whole else ""
        raise NotApplicable(f"{name} {tag} is deployed as revision {newest.number}, not rolled back{first}")
    if before is None:
        kept = f"{revisions[0].number} to {newest.number}"
        raise NotApplicable(f"no revision of {name} that Helm keeps ({kept}) is of {tag}, so it was not rolled back")
    if not _goes_back(tag, revisions, before):
        raise NotApplicable(f"{name} {newest.content.tag} was deployed after {tag}, as revision {newest.number}")
    earlier = last_deployed(before, tag)
    if earlier is None:
        raise TooLittleData(
            SYSTEM, f"no revision of {name} from before {tag} is kept that was deployed, so what should run is unknown",
            hint="helm history; keep more with helm upgrade --history-max",
        )  # fmt: skip
    return newest, earlier


def _goes_back(tag: str, revisions: Sequence[Revision], before: Sequence[Revision]) -> bool:
    """Whether the newest revision is of a release deployed before, or else Helm made it by a rollback of this one."""
    newest, earlier = revisions[-1], deployed_tags(before)
    later = deployed_tags(revisions[len(before) : -1]) - {tag, *earlier}
    return newest.content.tag in earlier or (newest.rolled and not later)
