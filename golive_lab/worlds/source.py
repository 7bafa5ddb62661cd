"""Bad worlds of the source: what is committed after the freeze, and tags that point elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from golive_lab import source_files
from golive_lab.control import LabHandle
from golive_lab.services import source
from golive_lab.worlds.registry import WORLDS, World, world

BRANCH = f"refs/heads/{source.BRANCH}"


@contextmanager
def _changed(lab: LabHandle) -> Iterator[tuple[Path, str]]:
    """The repository and its release's tag; what they pointed to is put back."""
    repository = lab.folder / source.SourceService.name / source.REPOSITORY
    before = source.git(repository, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags")
    pointed = dict(line.split() for line in before.splitlines())
    tag = next(name for name in pointed if name.startswith("refs/tags/"))
    try:
        yield repository, tag.removeprefix("refs/tags/")
    finally:
        for name, made in pointed.items():
            source.git(repository, "update-ref", name, made)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@world
@contextmanager
def source_committed_late(lab: LabHandle) -> Iterator[None]:
    """Somebody commits to the branch after the freeze."""
    with _changed(lab) as (repository, _):
        source.commit(repository, "One more thing", _now())
        yield


@world
@contextmanager
def source_committed_and_tagged_late(lab: LabHandle) -> Iterator[None]:
    """As before, and the tag is moved along."""
    with _changed(lab) as (repository, tag):
        source.tag(repository, tag, source.commit(repository, "One more thing", _now()), _now())
        yield


def _released_with(files: Mapping[str, bytes | None]) -> World:
    """A world in which the release was tagged anew with these files changed."""

    @contextmanager
    def changed(lab: LabHandle) -> Iterator[None]:
        with _changed(lab) as (repository, tag):
            source.tag(repository, tag, source.commit(repository, "One more thing", _now(), files), _now())
            yield

    return changed


_FILES = source_files.files()
_DEBUG = f"{source_files.ROOT}/market-intelligence/templates/debug.yaml"
WORLDS["source_value_changed"] = _released_with(
    {source_files.VALUES: _FILES[source_files.VALUES].replace(b"replicas: 3", b"replicas: 1")}
)
WORLDS["source_template_changed"] = _released_with({source_files.TEMPLATE: _FILES[source_files.TEMPLATE] + b"\n"})
WORLDS["source_template_added"] = _released_with({_DEBUG: b"kind: Pod\n"})
WORLDS["source_values_removed"] = _released_with({source_files.VALUES: None})
WORLDS["source_without_charts"] = _released_with(dict.fromkeys(_FILES))


@world
@contextmanager
def source_tag_elsewhere(lab: LabHandle) -> Iterator[None]:
    """The release's tag names an earlier commit."""
    with _changed(lab) as (repository, tag):
        source.tag(repository, tag, f"{source.BRANCH}~1", _now())
        yield


@world
@contextmanager
def source_untagged(lab: LabHandle) -> Iterator[None]:
    """The release was never tagged."""
    with _changed(lab) as (repository, tag):
        source.git(repository, "update-ref", "-d", f"refs/tags/{tag}")
        yield


@world
@contextmanager
def source_branch_deleted(lab: LabHandle) -> Iterator[None]:
    """The release branch is gone."""
    with _changed(lab) as (repository, _):
        source.git(repository, "update-ref", "-d", BRANCH)
        yield


@world
@contextmanager
def source_repository_gone(lab: LabHandle) -> Iterator[None]:
    """The server answers, and has no such repository."""
    with _changed(lab) as (repository, _):
        away = repository.with_suffix(".away")
        repository.rename(away)
        try:
            yield
        finally:
            away.rename(repository)
