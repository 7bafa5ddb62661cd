"""GitHub's REST API (version 2022-11-28) and GitLab's (v4): branch, tag and commits of one repository."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import bearer, secret
from golive.clients.source import MOST, SYSTEM, Commit, Entry, Tagged, at_or_below, parsed, refused
from golive.errors import ProtocolBroken
from golive.target import Target
from golive.target.source import Source

PAGE = 100
"""Of a tree, which GitLab gives in pages."""
MOST_PAGES = 100


@dataclass(frozen=True)
class Listed:
    """One of a tree: a file, a submodule or a folder."""

    path: str
    is_folder: bool
    entry: Entry


class _Forge(ABC):
    """What both have in common: an API below one root, and a token."""

    def __init__(self, target: Target, settings: Source) -> None:
        self.settings = settings
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def _headers(self) -> dict[str, str]:
        if self.settings.token is None:
            return {}
        return bearer(SecretStr(secret(SYSTEM, "token of the repository", self.settings.token)))

    def _ask(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        url = self.settings.url.rstrip("/") + path
        return self._http.ask(Request(url, headers=self._headers(), params=params or {}))

    def _found(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The answer's JSON. Raises for any status but 200."""
        answer = self._ask(path, params)
        if answer.status != HTTPStatus.OK:
            raise refused(path, answer)
        return answer.json()

    def _if_there(self, path: str) -> Any:
        """The answer's JSON; None where there is nothing of that name, in a repository that is seen to be there."""
        answer = self._ask(path)
        if answer.status == HTTPStatus.NOT_FOUND:
            self._found(self._root)
            return None
        if answer.status != HTTPStatus.OK:
            raise refused(path, answer)
        return answer.json()

    @property
    @abstractmethod
    def _root(self) -> str:
        """The repository's own path."""


class GitHubClient(_Forge):
    """A repository of GitHub, or of an Enterprise server."""

    def heads(self, branch: str, tag: str) -> tuple[str, str]:
        """The commits of both; an annotated tag is followed to its commit."""
        heads = self._if_there(f"{self._root}/git/ref/heads/{quote(branch)}")
        tags = self._if_there(f"{self._root}/git/ref/tags/{quote(tag)}")
        return self._commit(heads), self._commit(tags)

    def newest(self, branch: str) -> tuple[Commit, ...]:
        """One page of the branch's commits."""
        path = f"{self._root}/commits"
        found = self._found(path, {"sha": branch, "per_page": str(MOST)})
        return parsed(path, lambda: tuple(_commit(c["sha"], c["commit"]["committer"]["date"]) for c in found))

    def files(self, at: Tagged, paths: Iterable[str]) -> dict[str, Entry]:
        """Those of the commit's whole tree, which GitHub gives in one answer or not at all."""
        path, wanted = f"{self._root}/git/trees/{at.commit}", tuple(paths)
        found = self._found(path, {"recursive": "1"})
        if parsed(path, lambda: found["truncated"]):
            hint = 'ask in git\'s own protocol: source.kind = "git"'
            raise ProtocolBroken(SYSTEM, f"{path}: too many files for one answer", hint=hint)
        listed = parsed(path, lambda: [_listed(each, "sha") for each in found["tree"]])
        return _entries(each for each in listed if at_or_below(each.path, wanted))

    def _commit(self, reference: Any) -> str:
        for _ in range(3):  # a tag may point to a tag
            if reference is None:
                return ""
            kind, sha = _pointed(reference)
            if kind != "tag":
                return sha
            reference = self._found(f"{self._root}/git/tags/{sha}")
        return ""

    def _headers(self) -> dict[str, str]:
        fixed = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        return fixed | super()._headers()

    @property
    def _root(self) -> str:
        return f"/repos/{self.settings.repository}"


class GitLabClient(_Forge):
    """A project of GitLab."""

    def heads(self, branch: str, tag: str) -> tuple[str, str]:
        """The commits of both, which GitLab gives for annotated tags too."""
        names = {"branches": branch, "tags": tag}
        found = [self._if_there(f"{self._root}/repository/{kind}/{quote(n, safe='')}") for kind, n in names.items()]
        head, tagged = map(_commit_of, found)
        return head, tagged

    def newest(self, branch: str) -> tuple[Commit, ...]:
        """One page of the branch's commits."""
        path = f"{self._root}/repository/commits"
        found = self._found(path, {"ref_name": branch, "per_page": str(MOST)})
        return parsed(path, lambda: tuple(_commit(each["id"], each["committed_date"]) for each in found))

    def files(self, at: Tagged, paths: Iterable[str]) -> dict[str, Entry]:
        """Those of each path, which may be a file: its folder tells."""
        found: dict[str, Entry] = {}
        for path in sorted(paths):
            beside = self._tree(at.commit, str(PurePosixPath(path).parent), recursive=False)
            own = next((each for each in beside if each.path == path), None)
            if own is not None:
                found |= _entries(self._tree(at.commit, path, recursive=True) if own.is_folder else [own])
        return found

    def _tree(self, commit: str, path: str, *, recursive: bool) -> list[Listed]:
        """All pages of a folder; empty where the commit has none of that name. Raises where there are too many."""
        found: list[Listed] = []
        words = {"ref": commit, "path": "" if path == "." else path, "recursive": str(recursive).lower()}
        page = "1"
        for _ in range(MOST_PAGES):
            answer = self._ask(f"{self._root}/repository/tree", {**words, "per_page": str(PAGE), "page": page})
            if answer.status == HTTPStatus.NOT_FOUND:
                self._found(self._root)
                return []
            if answer.status != HTTPStatus.OK:
                raise refused("a tree", answer)
            found += _listing(answer)
            page = answer.headers.get("x-next-page", "")
            if not page:
                return found
        hint = 'name fewer in source.configuration, or ask in git\'s own protocol: source.kind = "git"'
        raise ProtocolBroken(SYSTEM, f"the tree {path}: more than {MOST_PAGES * PAGE} files and folders", hint=hint)

    @property
    def _root(self) -> str:
        return f"/api/v4/projects/{quote(str(self.settings.repository), safe='')}"


def _pointed(reference: Any) -> tuple[str, str]:
    """Kind and name of what a reference of GitHub's points to."""
    return parsed("a reference", lambda: (str(reference["object"]["type"]), str(reference["object"]["sha"])))


def _commit_of(named: Any) -> str:
    """The commit of a branch or tag of GitLab's; empty where there is none."""
    return "" if named is None else parsed("a branch or tag", lambda: str(named["commit"]["id"]))


def _commit(sha: str, committed: str) -> Commit:
    return Commit(str(sha), datetime.fromisoformat(committed))


def _listing(answer: Answer) -> list[Listed]:
    """A page of GitLab's tree."""
    return parsed("a tree", lambda: [_listed(each, "id") for each in answer.json()])


def _listed(each: Mapping[str, Any], digest: str) -> Listed:
    """One of a tree, whose digest either forge calls otherwise."""
    return Listed(str(each["path"]), each["type"] == "tree", Entry(str(each["mode"]), str(each[digest])))


def _entries(listed: Iterable[Listed]) -> dict[str, Entry]:
    """Files and submodules of a tree."""
    return {each.path: each.entry for each in listed if not each.is_folder}
