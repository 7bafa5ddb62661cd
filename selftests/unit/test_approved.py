"""The approved configuration: a real repository by git, GitHub and GitLab by their APIs' shapes, and the listing."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from golive.clients.forges import MOST_PAGES
from golive.clients.http import Answer, Request
from golive.clients.source import Entry, Repository, Tagged, at_or_below, entry_of, repository
from golive.errors import NoEvidence, NotDescribed, ProtocolBroken
from golive.facts.approved import Approved, differences
from golive.target import Target
from golive_lab import source_files
from selftests.unit.answering import answer, answers, target

COMMIT = "b" * 40
AT = Tagged("v1", COMMIT)
ONE, OTHER = Entry("100644", "1" * 40), Entry("100644", "2" * 40)


def described(**changes: Any) -> Target:
    plain = target()
    assert plain.source is not None
    assert plain.evidence is not None
    evidence = plain.evidence.model_copy(update={"configuration": Path("listing.txt")})
    return plain.model_copy(update={"source": plain.source.model_copy(update=changes), "evidence": evidence})


def forge(kind: str) -> Repository:
    url = "https://api.github.com" if kind == "github" else "https://gitlab.example.test"
    return repository(described(kind=kind, url=url, repository="acme/platform"), "an.item")


def test_what_differs() -> None:
    approved = {"same": ONE, "changed": ONE, "missing": ONE, "mode": ONE}
    found = {"same": ONE, "changed": OTHER, "added": ONE, "mode": Entry("100755", ONE.digest)}
    expected = {"added": "added", "changed": "changed", "missing": "missing", "mode": "changed"}
    assert differences(approved, found) == expected
    assert differences(approved, approved) == {}


def test_a_folder_is_no_beginning_of_a_name() -> None:
    assert at_or_below("helm/a", ["helm"])
    assert at_or_below("helm", ["helm"])
    assert not at_or_below("helmet/a", ["helm"])


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A real repository with an annotated tag, read over a file, which the client never allows itself."""
    folder = tmp_path / "platform"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    who = ("-c", "user.name=t", "-c", "user.email=t@example.test")

    def run(*words: str) -> str:
        argv = ["git", *who, *words]
        return subprocess.run(argv, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout

    folder.mkdir()
    run("init", "--quiet", "--initial-branch=main")
    for path, content in source_files.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "README").write_text("not configuration", encoding="utf-8")
    run("add", ".")
    run("commit", "--quiet", "-m", "one")
    run("tag", "-a", "-m", "v1", "v1.0")
    monkeypatch.setenv("PATH", environment["PATH"])
    monkeypatch.setattr("golive.clients.git.PROTOCOLS", "file")
    return run


def test_a_real_repository_by_git(git: Any, tmp_path: Path) -> None:
    listed = git("ls-tree", "-r", "v1.0", "--", source_files.ROOT)
    assert listed == source_files.listing(source_files.files())
    (tmp_path / "listing.txt").write_text(listed, encoding="utf-8")
    settings = {"url": (tmp_path / "platform").as_uri(), "branch": "main", "tag": "v{release}"}
    approved = Approved(described(**settings, configuration=frozenset({source_files.ROOT})), tmp_path)
    found = approved.configuration("1.0")
    assert (found.files, found.without_files, found.differences) == (len(source_files.files()), (), {})
    assert found.sha256 == hashlib.sha256(listed.encode()).hexdigest()
    (tmp_path / "platform" / source_files.VALUES).write_text("services: {}\n", encoding="utf-8")
    git("commit", "--quiet", "-am", "two")
    assert approved.configuration("1.0").differences == {}
    git("tag", "--force", "-a", "-m", "v1", "v1.0")
    assert approved.configuration("1.0").differences == {source_files.VALUES: "changed"}
    assert approved.configuration("2.0").commit == ""


def test_a_branch_of_the_tags_name_is_not_taken_for_it(git: Any, tmp_path: Path) -> None:
    (tmp_path / "listing.txt").write_text(source_files.listing(source_files.files()), encoding="utf-8")
    git("checkout", "--quiet", "-b", "v1.0", "main")
    git("rm", "--quiet", source_files.VALUES)
    git("commit", "--quiet", "-m", "another")
    settings = {"url": (tmp_path / "platform").as_uri(), "branch": "main", "tag": "v{release}"}
    approved = Approved(described(**settings, configuration=frozenset({source_files.ROOT})), tmp_path)
    found = approved.configuration("1.0")
    assert (found.commit, found.differences) == (git("rev-parse", "main")[:12], {})


@pytest.mark.parametrize("line", [f"100755 blob {'1' * 40}\ta b\n", f"160000 commit {'1' * 64}\tvendor/x\n"])
def test_a_line_of_gits_listing_is_written_as_it_was_read(line: str) -> None:
    path, entry = entry_of(line.removesuffix("\n"))
    assert entry.line(path) == line


def test_githubs_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = [
        {"path": "helm", "mode": "040000", "type": "tree", "sha": "9" * 40},
        {"path": "helm/a.yaml", "mode": "100644", "type": "blob", "sha": ONE.digest},
        {"path": "helmet", "mode": "100644", "type": "blob", "sha": ONE.digest},
    ]
    said = {"sha": "9" * 40, "tree": tree, "truncated": False}
    asked = answers(monkeypatch, lambda _: answer(200, said))
    assert forge("github").files(AT, ["helm"]) == {"helm/a.yaml": ONE}
    assert asked[0].url == f"https://api.github.com/repos/acme/platform/git/trees/{COMMIT}"
    said["truncated"] = True
    with pytest.raises(ProtocolBroken, match="too many files"):
        forge("github").files(AT, ["helm"])


def test_gitlabs_folders_files_and_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = {"id": "9" * 40, "name": "helm", "type": "tree", "path": "deploy/helm", "mode": "040000"}
    values = {"id": OTHER.digest, "name": "values", "type": "blob", "path": "deploy/values", "mode": "100644"}
    first = {"id": ONE.digest, "name": "a", "type": "blob", "path": "deploy/helm/a", "mode": "100644"}
    second = {**first, "path": "deploy/helm/b"}
    pages: Mapping[tuple[str, str, str], tuple[list[Any], str]] = {
        ("deploy", "false", "1"): ([folder, values], ""),
        ("deploy/helm", "true", "1"): ([first], "2"),
        ("deploy/helm", "true", "2"): ([second], ""),
    }

    def platform(request: Request) -> Answer:
        if request.url.endswith("acme%2Fplatform"):
            return answer(200, {})
        words = request.params
        found = pages.get((words["path"], words["recursive"], words["page"]))
        return answer(404, {}) if found is None else answer(200, found[0], {"x-next-page": found[1]})

    answers(monkeypatch, platform)
    found = forge("gitlab").files(AT, ["deploy/helm", "deploy/values", "nowhere/at/all", "deploy/no"])
    assert found == {"deploy/helm/a": ONE, "deploy/helm/b": ONE, "deploy/values": OTHER}


def test_gitlabs_pages_that_do_not_end_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"id": ONE.digest, "name": "helm", "type": "blob", "path": "other", "mode": "100644"}
    asked = answers(monkeypatch, lambda _: answer(200, [one], {"x-next-page": "2"}))
    with pytest.raises(ProtocolBroken, match=re.escape("the tree .: more than 10000 files and folders")):
        forge("gitlab").files(AT, ["helm"])
    assert len(asked) == MOST_PAGES


@pytest.mark.parametrize("said", [{"message": "no"}, [{"path": "helm"}], ["helm"]])
@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_tree_in_another_form_is_no_answer(monkeypatch: pytest.MonkeyPatch, kind: str, said: Any) -> None:
    tree = {"truncated": False, "tree": said} if kind == "github" else said
    answers(monkeypatch, lambda _: answer(200, tree))
    with pytest.raises(ProtocolBroken, match="not in the form that was expected"):
        forge(kind).files(AT, ["helm"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lists no files"),
        ("100644 1111\ta\n", "not what git ls-tree"),
        ('100644 blob 1111\t"a\\303"\n', "names in quotes"),
        ("helm/values.yaml\n", "not what git ls-tree"),
    ],
)
def test_a_listing_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "listing.txt").write_text(text, encoding="utf-8")
    with pytest.raises(NoEvidence, match=said):
        Approved(described(), tmp_path).configuration("1.0")


def test_a_listing_that_is_not_there_and_a_target_that_names_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoEvidence, match="cannot be read"):
        Approved(described(), tmp_path).configuration("1.0")
    with pytest.raises(NotDescribed, match="names no configuration"):
        Approved(described(configuration=frozenset()), tmp_path).configuration("1.0")
