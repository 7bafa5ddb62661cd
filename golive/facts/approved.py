"""The configuration at the release's tag, beside the one that was approved: file by file, as git knows them.

What Helm renders follows from charts and values, so these are compared, by git's own digests: none is downloaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from golive.clients.source import SYSTEM, Entry, Tagged, at_or_below, entry_of, repository
from golive.errors import NoEvidence, NotDescribed
from golive.facts.release import expected_tag
from golive.target import Target
from golive.target.needed import required

ITEM, APPROVAL = "application.configuration", "attestations"
_SHORT, _SHOWN = 12, 20


@dataclass(frozen=True)
class Configuration:
    """What stands at the tag. Without such a tag there is no ``commit``, and nothing else."""

    tag: str
    commit: str
    files: int
    sha256: str
    """Of the whole listing, as git would write it to be approved."""
    without_files: tuple[str, ...]
    """Declared paths at which there is nothing."""
    differences: Mapping[str, str]
    """The first files that are not as approved: ``changed``, ``added`` or ``missing``."""
    note: str
    service: str = SYSTEM


class Approved:
    """The configuration that is to be deployed, and the one that was approved."""

    def __init__(self, target: Target, root: Path) -> None:
        self.target, self._root = target, root

    def configuration(self, release: str) -> Configuration:
        """What is found now against the approved listing.

        Raises NotDescribed where the target names no configuration, NoEvidence where the listing is none, WrongVersion
        where no release is named, and what kept the repository from being asked.
        """
        settings = required(self.target.source, "source", ITEM)
        if not settings.configuration:
            raise NotDescribed(SYSTEM, "the target names no configuration", hint="source.configuration in the target")
        tag = settings.tag.format(release=expected_tag(release, SYSTEM))
        approved = self._listing()
        kept = repository(self.target, ITEM)
        _, commit = kept.heads(settings.branch, tag)
        found = kept.files(Tagged(tag, commit), settings.configuration) if commit else {}
        empty = tuple(path for path in sorted(settings.configuration) if not _below(path, found))
        text = "".join(each.line(path) for path, each in sorted(found.items()))
        return Configuration(
            tag,
            commit[:_SHORT],
            len(found),
            hashlib.sha256(text.encode()).hexdigest(),
            empty,
            dict(list(differences(approved, found).items())[:_SHOWN]),
            settings.note,
        )

    def _listing(self) -> dict[str, Entry]:
        """The approved files, read from what ``git ls-tree -r`` wrote."""
        path = self._root / str(required(self.target.evidence, "evidence", ITEM).configuration)
        hint = "git -c core.quotePath=false ls-tree -r TAG -- PATHS > LISTING"
        try:
            found = dict(entry_of(line) for line in path.read_text(encoding="utf-8").splitlines())
        except OSError as error:
            raise NoEvidence(APPROVAL, f"{path.name} cannot be read: {error.strerror}", hint=hint) from None
        except ValueError:
            raise NoEvidence(APPROVAL, f"{path.name} is not what git ls-tree -r writes", hint=hint) from None
        if not found or any(not name or name.startswith('"') for name in found):
            raise NoEvidence(APPROVAL, f"{path.name} lists no files, or names in quotes", hint=hint)
        return found


def differences(approved: Mapping[str, Entry], found: Mapping[str, Entry]) -> dict[str, str]:
    """Each file that is not as it was approved, by path."""
    told = {}
    for path in sorted({*approved, *found}):
        if path not in found:
            told[path] = "missing"
        elif path not in approved:
            told[path] = "added"
        elif approved[path] != found[path]:
            told[path] = "changed"
    return told


def _below(path: str, found: Mapping[str, Entry]) -> bool:
    return any(at_or_below(each, (path,)) for each in found)
