"""Where branch and tag point: a real repository by git, GitHub and GitLab by the shapes of their published APIs."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from golive.clients.git import _typed
from golive.clients.http import Answer, Request
from golive.clients.source import Commit, Repository, repository
from golive.errors import CannotEstablish, CredentialsRefused, NotDescribed, ProtocolBroken, Reason
from golive.facts.code_freeze import Source
from golive.target import Target
from golive.target.source import Source as SourceSettings
from selftests.unit.answering import answer, answers, target

HEAD, TAGGED, TAG = "a" * 40, "b" * 40, "c" * 40
FREEZE = datetime(2026, 11, 20, 18, tzinfo=UTC)


def described(**changes: Any) -> Target:
    plain = target()
    assert plain.source is not None
    return plain.model_copy(update={"source": plain.source.model_copy(update=changes)})


def forge(kind: str) -> Repository:
    url = "https://api.github.com" if kind == "github" else "https://gitlab.example.test"
    return repository(described(kind=kind, url=url, repository="acme/platform"), "an.item")


def told(monkeypatch: pytest.MonkeyPatch, pages: Mapping[str, Any]) -> list[Request]:
    def platform(request: Request) -> Answer:
        path = request.url.partition("//")[2].partition("/")[2]
        return answer(200, pages[path]) if path in pages else answer(404, {"message": "Not Found"})

    return answers(monkeypatch, platform)


def pointing(kind: str, sha: str) -> dict[str, Any]:
    return {"ref": "…", "object": {"type": kind, "sha": sha}}


def test_githubs_annotated_tag_is_followed_to_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    root = "repos/acme/platform"
    moment = {"committer": {"date": "2026-11-19T16:05:00Z"}}
    pages = {
        f"{root}/git/ref/heads/release/2026.11": pointing("commit", HEAD),
        f"{root}/git/ref/tags/v1": pointing("tag", TAG),
        f"{root}/git/tags/{TAG}": pointing("commit", TAGGED),
        f"{root}/commits": [{"sha": HEAD, "commit": moment}],
        root: {},
    }
    asked = told(monkeypatch, pages)
    assert forge("github").heads("release/2026.11", "v1") == (HEAD, TAGGED)
    assert forge("github").heads("other", "v2") == ("", "")
    commits = forge("github").newest("release/2026.11")
    assert commits == (Commit(HEAD, datetime(2026, 11, 19, 16, 5, tzinfo=UTC)),)
    assert asked[-1].params == {"sha": "release/2026.11", "per_page": "100"}


def test_gitlabs_names_are_quoted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    root = "api/v4/projects/acme%2Fplatform"
    pages = {
        f"{root}/repository/branches/release%2F2026.11": {"commit": {"id": HEAD}},
        f"{root}/repository/tags/v1": {"target": TAG, "commit": {"id": TAGGED}},
        f"{root}/repository/commits": [{"id": HEAD, "committed_date": "2026-11-19T17:05:00.000+01:00"}],
        root: {},
    }
    told(monkeypatch, pages)
    assert forge("gitlab").heads("release/2026.11", "v1") == (HEAD, TAGGED)
    assert forge("gitlab").newest("x")[0].committed == datetime(2026, 11, 19, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_repository_that_may_not_be_seen_is_not_one_without_the_tag(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, {})
    with pytest.raises(ProtocolBroken, match="HTTP 404"):
        forge(kind).heads("main", "v1")


@pytest.mark.parametrize(
    ("given", "error"), [(answer(401, {}), CredentialsRefused), (answer(200, {"other": 1}), ProtocolBroken)]
)
@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_what_is_no_answer(
    kind: str, given: Answer, error: type[CannotEstablish], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, lambda _: given)
    with pytest.raises(error):
        forge(kind).heads("main", "v1")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("fatal: unable to connect to 127.0.0.1:\n127.0.0.1[0: 127.0.0.1]: errno=Connection refused", "unreachable"),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", "unreachable"),
        ("fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", "tls"),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "credentials"),
        ("fatal: Authentication failed for 'https://x/'", "credentials"),
        ("git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.", "credentials"),
        ("fatal: remote error: access denied or repository not exported: /x.git", "protocol"),
        ("", "protocol"),
    ],
)
def test_what_git_says_is_a_reason(said: str, reason: str) -> None:
    assert _typed("its branches", said).reason == Reason(reason)


def test_a_real_repository_by_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a file, which the client never allows itself: what git writes is what counts here."""
    folder, environment = tmp_path / "platform.git", {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.test"]

    def git(*words: str, at: str = "2026-11-19T16:05:00Z") -> str:
        times = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        argv = ["git", *who, *words]
        found = subprocess.run(argv, cwd=folder, env=environment | times, check=True, capture_output=True, text=True)
        return found.stdout.strip()

    folder.mkdir()
    git("init", "--quiet", "--initial-branch=main")
    git("commit", "--quiet", "--allow-empty", "-m", "one")
    git("tag", "-a", "-m", "v1", "v1.0")
    git("commit", "--quiet", "--allow-empty", "-m", "two", at="2026-11-20T18:00:01Z")
    client = Source(described(url=folder.as_uri(), branch="main", freeze=FREEZE))
    monkeypatch.setenv("PATH", environment["PATH"])
    monkeypatch.setattr("golive.clients.git.PROTOCOLS", "file")
    freeze = client.freeze("1.0")
    assert (freeze.head, freeze.tagged) == (git("rev-parse", "HEAD")[:12], git("rev-parse", "HEAD~1")[:12])
    assert (freeze.commits, len(freeze.late), freeze.begun) == (2, 1, True)
    at_the_moment = Source(described(url=folder.as_uri(), branch="main", freeze=FREEZE.replace(second=1)))
    assert at_the_moment.freeze("1.0").late == ()


def test_a_target_without_a_source_says_so() -> None:
    with pytest.raises(NotDescribed, match=r"\[source\]"):
        Source(target().model_copy(update={"source": None})).freeze("1")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"url": "ext::sh -c date"}, "no address that begins with"),
        ({"kind": "github", "url": "https://api.github.com"}, "repository is for github"),
        ({"token": {"env": "X"}}, "over https only"),
        ({"tag": "latest"}, "should match pattern"),
    ],
)
def test_what_a_target_may_not_say(source: dict[str, Any], says: str) -> None:
    said = {"kind": "git", "url": "git://x/y.git", "branch": "main", "freeze": FREEZE, **source}
    with pytest.raises(ValidationError, match=says):
        SourceSettings.model_validate(said)
