"""The code freeze, as the release branch itself shows it.

A commit's time is the one that its committer's machine wrote: this sees what came late, not who set a clock back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from golive.clients.source import SYSTEM, repository
from golive.facts.release import expected_tag
from golive.target import Target
from golive.target.needed import required

ITEM = "preflight.code_freeze"
_SHOWN, _SHORT = 5, 12


@dataclass(frozen=True)
class Freeze:
    """The branch and the tag. Commits are shortened; ``late`` are those after the freeze, with their times."""

    branch: str
    head: str
    tag: str
    tagged: str
    freeze: datetime
    begun: bool
    """Whether the freeze had begun when this was looked at."""
    commits: int
    """How many of the branch's newest commits were looked at."""
    newest: datetime | None
    late: tuple[str, ...]
    note: str
    service: str = SYSTEM


class Source:
    """The release's source."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def freeze(self, release: str) -> Freeze:
        """What holds now. Raises WrongVersion where no release is named, NotDescribed where the target has none."""
        settings = required(self.target.source, "source", ITEM)
        tag = settings.tag.format(release=expected_tag(release, SYSTEM))
        kept = repository(self.target, ITEM)
        head, tagged = kept.heads(settings.branch, tag)
        commits = kept.newest(settings.branch) if head else ()
        late = [each for each in commits if each.committed > settings.freeze]
        return Freeze(
            settings.branch,
            head[:_SHORT],
            tag,
            tagged[:_SHORT],
            settings.freeze,
            settings.freeze <= datetime.now(UTC),
            len(commits),
            max((each.committed for each in commits), default=None),
            tuple(f"{each.sha[:_SHORT]} of {each.committed.isoformat()}" for each in late[:_SHOWN]),
            settings.note,
        )
