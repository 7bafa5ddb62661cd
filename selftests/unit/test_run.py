"""``./run``: what it offers is what it has, and a typo is said."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["./run", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_names_every_command_and_no_other() -> None:
    said = run("--help")
    labels = re.findall(r"(?m)^([a-z]+(?: \| [a-z]+)*)\)", (ROOT / "run").read_text(encoding="utf-8"))
    has = [name for label in labels for name in label.split(" | ")]
    assert (said.returncode, said.stderr) == (0, "")
    assert sorted(re.findall(r"(?m)^ *\./run ([a-z]+)", said.stdout)) == sorted(has)


@pytest.mark.parametrize(("arguments", "says"), [(["smok"], "run: no command 'smok'"), ([], "./run smoke")])
def test_a_wrong_command_is_named_beside_those_there_are(arguments: list[str], says: str) -> None:
    said = run(*arguments)
    assert (said.returncode, said.stdout) == (2, "")
    assert says in said.stderr
    assert "./run smoke" in said.stderr
