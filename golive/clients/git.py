"""git's own protocol, by the program ``git``: within a deadline, with no configuration but this, and asking nobody.

A token goes to git by its environment, never as an argument, where every user of the host could read it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from golive.clients.deadlines import client_deadline
from golive.clients.secret import basic, secret
from golive.clients.source import MOST, SYSTEM, Commit, Entry, Tagged, entry_of, parsed
from golive.clients.words import clean
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TlsFailed, Unreachable
from golive.target import Target
from golive.target.source import Source
from golive.waiting import Deadline

PROTOCOLS = "git:https:ssh"
"""None by which an address could name a program to run, or a file of this host."""
_SAID: tuple[tuple[str, type[CannotEstablish], str], ...] = (
    (
        r"certificate|SSL|TLS",
        TlsFailed,
        "does the target's ca_file hold the authority of that server?",
    ),
    (
        r"Authentication failed|could not read|Permission denied|returned error: 40[13]",
        CredentialsRefused,
        "may source.token, or the host's SSH key, read the repository?",
    ),
    (
        r"Connection refused|Connection timed out|Could not resolve|unable to (connect|look up)|No route|reset by peer"
        r"|Could not connect|hung up unexpectedly|Failed to connect|early EOF",
        Unreachable,
        "is the server up, and may this host reach it?",
    ),
)
"""What git says, what that means, and what to do next; in this order."""


class GitClient:
    """One repository by its address."""

    def __init__(self, target: Target, settings: Source) -> None:
        self.settings, self._target = settings, target

    def heads(self, branch: str, tag: str) -> tuple[str, str]:
        """The commits of both; an annotated tag is followed to its commit."""
        head, tagged, peeled = f"refs/heads/{branch}", f"refs/tags/{tag}", f"refs/tags/{tag}^{{}}"
        text = self._git("its branches and tags", "ls-remote", self.settings.url, head, tagged, peeled)
        found = {name: made for made, _, name in (line.partition("\t") for line in text.splitlines())}
        return found.get(head, ""), found.get(peeled) or found.get(tagged, "")

    def newest(self, branch: str) -> tuple[Commit, ...]:
        """The branch's newest commits, read without the files in them where the server can leave those out."""
        with tempfile.TemporaryDirectory(prefix="golive-source-") as folder:
            copy = str(Path(folder) / "copy.git")
            only = ("--bare", "--quiet", "--no-tags", "--single-branch", "--filter=tree:0", f"--depth={MOST}")
            self._git("the branch's commits", "clone", *only, f"--branch={branch}", "--", self.settings.url, copy)
            text = self._git("the branch's commits", "--git-dir", copy, "log", "--format=%H %cI", "HEAD")
        return parsed("git log", lambda: tuple(_commit(line) for line in text.splitlines()))

    def files(self, at: Tagged, paths: Iterable[str]) -> dict[str, Entry]:
        """Names and digests alone, where the server can leave the contents out."""
        with tempfile.TemporaryDirectory(prefix="golive-source-") as folder:
            copy, what = ("--git-dir", str(Path(folder) / "copy.git")), "the tag's files"
            only = ("--quiet", "--no-tags", "--filter=blob:none", "--depth=1")
            self._git(what, *copy, "init", "--bare", "--quiet")
            self._git(what, *copy, "fetch", *only, "--", self.settings.url, f"refs/tags/{at.tag}")
            words = ("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", at.commit, "--", *sorted(paths))
            text = self._git(what, *copy, *words)
        return parsed("git ls-tree", lambda: dict(entry_of(line) for line in text.split("\0") if line))

    def _git(self, what: str, *arguments: str) -> str:
        """What git writes. Raises by what it says where it fails, TimedOut where it does not end in time."""
        program = shutil.which("git")
        if program is None:
            raise Unreachable(SYSTEM, "the program git is not on PATH", hint="install git, or use the keeper's API")
        deadline = client_deadline(SYSTEM, f"{what} by git", self._target.limits.operation)
        process = subprocess.Popen(
            (program, *arguments),
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        output, said = _ended(process, deadline)
        if process.returncode != 0:
            raise _typed(what, said)
        return output

    def _environment(self) -> dict[str, str]:
        settings, limits = self.settings, self._target.limits
        configured = {"http.followRedirects": "false", "credential.helper": ""}
        if self._target.ca_file is not None and settings.url.startswith("https"):
            configured["http.sslCAInfo"] = str(self._target.ca_file)
        if settings.token is not None:
            shown = basic(settings.user, secret(SYSTEM, "token of the repository", settings.token))
            configured["http.extraHeader"] = f"Authorization: {shown['Authorization']}"
        numbered: dict[str, str] = {}
        for number, (key, value) in enumerate(configured.items()):
            numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "SSH_AUTH_SOCK") if name in os.environ}
        return {
            **kept,
            **numbered,
            "GIT_CONFIG_COUNT": str(len(configured)),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": PROTOCOLS,
            "GIT_SSH_COMMAND": f"ssh -o BatchMode=yes -o ConnectTimeout={max(1, round(limits.connect))}",
            "LC_ALL": "C",
        }


def _ended(process: subprocess.Popen[str], deadline: Deadline) -> tuple[str, str]:
    """Both outputs; whatever ends this ends git and all that it started."""
    try:
        return process.communicate(timeout=deadline.remaining)
    except subprocess.TimeoutExpired:
        raise deadline.expired("git had not ended") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _typed(what: str, said: str) -> CannotEstablish:
    told = [line for line in said.splitlines() if line.strip()]
    words = clean("; ".join(told[-3:]) or "it said nothing", 300)
    for pattern, kind, hint in _SAID:
        if re.search(pattern, said):
            return kind(SYSTEM, f"{what}: git: {words}", hint=hint)
    return ProtocolBroken(SYSTEM, f"{what}: git: {words}", hint="is source.url the repository's own address?")


def _commit(line: str) -> Commit:
    sha, _, committed = line.partition(" ")
    return Commit(sha, datetime.fromisoformat(committed))
