"""The sample in CONTRIBUTING.md, word for word: its item has a test that passes, and proofs that hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from golive import checklist as checklists

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of that language, as they would be pasted."""
    return [textwrap.dedent(text) for text in re.findall(rf"(?ms)^ *```{language}\n(.*?)^ *```", PAGE)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder that has this one's files and the sample's item."""
    (item, proofs), (test,) = blocks("toml"), blocks("python")
    (file,) = re.findall(r"\*\*`(proofs/\w+\.toml)`\*\*", PAGE)
    (tmp_path / file).parent.mkdir()
    for name, added in (("checklist.toml", item), (file, proofs), ("pyproject.toml", "")):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8") + "\n" + added, encoding="utf-8")
    (tmp_path / "targets").symlink_to(ROOT / "targets")
    (path,) = re.findall(r"\*\*`(tests_\w+/test_\w+\.py)`\*\*", PAGE)
    (tmp_path / path).parent.mkdir()
    (tmp_path / path).write_text(test, encoding="utf-8")
    return tmp_path


def test_the_sample_is_proven_as_written(project: Path) -> None:
    (chosen,) = re.findall(r"`\./run proofs (-k \w+)`", PAGE)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "golive_lab.proving", "-m", "functional", *chosen.split()],
        cwd=project, env={**os.environ, "XDG_STATE_HOME": str(project / "state")},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout


def test_the_table_of_folders_is_the_checklists() -> None:
    said = {
        phase: folder
        for phases, folder in re.findall(r"(?m)^ *\| (`\w+`(?:, `\w+`)*) \| `(tests_\w+)/` \|$", PAGE)
        for phase in re.findall(r"\w+", phases)
    }
    assert said == {phase.name: phase.folder for phase in checklists.load(ROOT / "checklist.toml").phases}
