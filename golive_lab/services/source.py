"""The platform's source: a repository made by git itself, served by git's own daemon.

It holds a release branch whose last commits are older than the freeze, both charts with production's values, and the
release's annotated tag at the branch's head.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from golive.errors import LabUnavailable
from golive_lab import source_files
from golive_lab.platform.config import HOST
from golive_lab.process import environment, run
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    from golive_lab.context import Lab

BRANCH: Final = "release/2026.11"
REPOSITORY: Final = "platform.git"
WRITER: Final = {
    "GIT_AUTHOR_NAME": "lab",
    "GIT_AUTHOR_EMAIL": "lab@example.test",
    "GIT_COMMITTER_NAME": "lab",
    "GIT_COMMITTER_EMAIL": "lab@example.test",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
COMMITS: Final = (
    ("2026-11-02T09:12:00Z", "Prices: day-ahead history by pages"),
    ("2026-11-12T14:40:00Z", "Hub: forward curves in market time"),
    ("2026-11-19T16:05:00Z", "Release {release}"),
)


class SourceService(LabService):
    """One daemon over one bare repository."""

    name: ClassVar[str] = "source"
    system: ClassVar[str] = "source"
    ready_seconds: ClassVar[float] = 20

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._instance = ""

    def prepare(self, progress: Progress) -> None:
        """Make the repository, where it is not there yet."""
        if shutil.which("git") is None:
            raise LabUnavailable(self.name, "git is not on PATH", hint="install git by the system's own means")
        folder = self._folder
        if not folder.exists():
            progress("its commits")
            self.lab.data(self.name)
            git(folder, "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(folder))
            release = self.lab.configuration.platform.release
            for moment, message in COMMITS:
                commit(folder, message.format(release=release), moment, source_files.files())
            tag(folder, f"v{release}", BRANCH, COMMITS[-1][0])

    def launch(self) -> Launch:
        """git's daemon itself, not by ``git daemon``, which would be a parent of it; it serves this folder only."""
        self._instance = uuid.uuid4().hex
        head = git(self._folder, "rev-parse", BRANCH)
        for earlier in git(self._folder, "for-each-ref", "--format=%(refname)", "refs/lab").split():
            git(self._folder, "update-ref", "-d", earlier)
        git(self._folder, "update-ref", f"refs/lab/{self._instance}", head)
        program = Path(git(self._folder, "--exec-path")) / "git-daemon"
        home = self.lab.data(self.name)
        argv = (
            str(program),
            f"--listen={HOST}",
            f"--port={self.current_port}",
            f"--base-path={home}",
            "--export-all",
            "--reuseaddr",
            "--log-destination=stderr",
            str(home),
        )
        return Launch(argv, environment(HOME=str(home)), home)

    def ready(self) -> str | None:
        """Whether the daemon of the last launch answers, which alone has that reference."""
        try:
            found = git(self._folder, "ls-remote", self._url, f"refs/lab/{self._instance}", seconds=2)
        except LabUnavailable as error:
            return error.message
        return None if found else "another daemon answers"

    def overlay(self) -> dict[str, Any]:
        """Its address."""
        return {"source": {"url": f"git://{HOST}:{self.lab.ports.take(self.name)}/{REPOSITORY}"}}

    @property
    def _folder(self) -> Path:
        return self.lab.folder / self.name / REPOSITORY

    @property
    def _url(self) -> str:
        return f"git://{HOST}:{self.current_port}/{REPOSITORY}"


def git(repository: Path, *arguments: str, moment: str = "", stdin: str = "", seconds: float = 10) -> str:
    """What git writes, run in that repository; ``moment`` is the time of what it makes. Raises LabUnavailable."""
    times = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment} if moment else {}
    where = repository if repository.exists() else repository.parent
    return run(("git", *arguments), env=environment(**WRITER, **times), cwd=where, stdin=stdin, seconds=seconds).strip()


def commit(repository: Path, message: str, moment: str, files: Mapping[str, bytes | None] | None = None) -> str:
    """Add a commit to the branch; gives its name. ``files`` are written, those that are None are taken away."""
    head = git(repository, "for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")
    parent = ("-p", head) if head else ()
    git(repository, "read-tree", *((head,) if head else ("--empty",)))
    changes = [_change(repository, path, content) for path, content in (files or {}).items()]
    git(repository, "update-index", "--index-info", stdin="".join(changes))
    tree = git(repository, "write-tree")
    made = git(repository, "commit-tree", tree, *parent, "-m", message, moment=moment)
    git(repository, "update-ref", f"refs/heads/{BRANCH}", made)
    return made


def _change(repository: Path, path: str, content: bytes | None) -> str:
    """A line of ``git update-index --index-info``; mode 0 takes the file away."""
    if content is None:
        return f"0 {'0' * 40}\t{path}\n"
    blob = git(repository, "hash-object", "-w", "--stdin", stdin=content.decode())
    return f"100644 {blob}\t{path}\n"


def tag(repository: Path, name: str, where: str, moment: str) -> None:
    """Let the annotated tag point there."""
    git(repository, "tag", "--force", "--annotate", "-m", f"Release {name}", name, where, moment=moment)
