"""One face of every keeper of source: where branch and tag point, and what was committed since a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from golive.clients.http import Answer
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target import Target
from golive.target.needed import required

T = TypeVar("T")
SYSTEM = "source"
SUBMODULE = "160000"
"""The mode of another repository's commit."""
MOST = 100
"""Commits that are looked at, the newest of the branch."""


@dataclass(frozen=True)
class Commit:
    """One commit, with the time that it carries as its committer's."""

    sha: str
    committed: datetime


@dataclass(frozen=True)
class Entry:
    """A file as git knows it: its mode, and the digest of its content."""

    mode: str
    digest: str

    def line(self, path: str) -> str:
        """As ``git ls-tree -r`` writes it, which lists no folders."""
        return f"{self.mode} {'commit' if self.mode == SUBMODULE else 'blob'} {self.digest}\t{path}\n"


@dataclass(frozen=True)
class Tagged:
    """A tag and the commit that it was seen to point to: git asks for the one, the forges for the other."""

    tag: str
    commit: str


class Repository(Protocol):
    """Each method raises CannotEstablish where the keeper does not answer it."""

    def heads(self, branch: str, tag: str) -> tuple[str, str]:
        """The commits that branch and tag point to; each is empty where there is none of that name."""

    def newest(self, branch: str) -> tuple[Commit, ...]:
        """The newest commits of the branch, MOST at the most."""

    def files(self, at: Tagged, paths: Iterable[str]) -> dict[str, Entry]:
        """Every file at or below these paths, in the commit that the tag points to."""


def repository(target: Target, item: str) -> Repository:
    """The target's. Raises NotDescribed where it has none."""
    settings = required(target.source, "source", item)
    if settings.kind == "git":
        from golive.clients.git import GitClient

        return GitClient(target, settings)
    from golive.clients.forges import GitHubClient, GitLabClient

    kind = GitHubClient if settings.kind == "github" else GitLabClient
    return kind(target, settings)


def refused(what: str, answer: Answer) -> CannotEstablish:
    """The error for an answer that is none of what was asked for."""
    if answer.status in {401, 403}:
        hint = "may the token read the repository, and is it still valid?"
        return CredentialsRefused(SYSTEM, f"{what}: HTTP {answer.status}", hint=hint)
    hint = "are source.url and source.repository right? A token that may not see it is often told 404"
    return ProtocolBroken(SYSTEM, f"{what}: HTTP {answer.status}", hint=hint)


def parsed(what: str, read: Callable[[], T]) -> T:
    """What ``read`` takes from an answer. Raises ProtocolBroken where its form is another."""
    try:
        return read()
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise ProtocolBroken(SYSTEM, f"{what}: not in the form that was expected: {error!r}") from error


def at_or_below(path: str, paths: Iterable[str]) -> bool:
    """Whether the path is one of these, or in one of these folders."""
    return any(path == each or path.startswith(f"{each}/") for each in paths)


def entry_of(line: str) -> tuple[str, Entry]:
    """Path and entry of one line of ``git ls-tree``. Raises ValueError for another."""
    about, _, path = line.partition("\t")
    mode, _, digest = about.split(" ")
    return path, Entry(mode, digest)
