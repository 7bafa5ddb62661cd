"""A scratch project: the real checklist, a target without a provider, and tests that a selftest writes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from golive.evidence.ledger import read_run

ROOT = Path(__file__).parent.parent

SETTINGS = """
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "--strict-markers", "-p", "no:randomly"]
testpaths = ["tests_smoke", "tests_preflight"]
enable_assertion_pass_hook = true
golive_checklist = "checklist.toml"
initial_sort = "original"
"""

PRELUDE = """
import os, signal, sys, time, warnings, logging
from dataclasses import dataclass
import pytest
from golive import errors

@dataclass(frozen=True)
class Seen:
    what: str = "something"
    version: str = ""
"""

FORMS = """
SECRETS = [v for k, v in sorted(os.environ.items()) if k.startswith("GOLIVE_")]

def forms(value):
    import base64, json, urllib.parse, html
    raw = value.encode()
    return [value, urllib.parse.quote(value, safe=""), base64.b64encode(b"user:" + raw).decode(), json.dumps(value),
            raw.hex(), html.escape(value), value[:12]]
"""
"""For tests that tell what they must not: every planted secret, in each form in which it could leak."""


@dataclass
class Ran:
    """What a run of the scratch project left."""

    status: int
    out: str
    folder: Path | None
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def headlines(self) -> dict[str, str]:
        """Outcome and reason of every item in the record."""
        return {f["item"]: " ".join(filter(None, (f["outcome"], f["reason"]))) for f in self.record["findings"]}

    def finding(self, item: str) -> Mapping[str, Any]:
        """The finding of one item."""
        found: Mapping[str, Any] = next(f for f in self.record["findings"] if f["item"] == item)
        return found


class Project:
    """Writes tests, runs them in a process of their own, reads what they left."""

    def __init__(self, pytester: pytest.Pytester, environment: dict[str, str]) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.environment = environment

    def tests(self, folder: str = "tests_smoke", **files: str) -> None:
        """Write ``<folder>/test_<name>.py`` for each keyword, below a prelude of imports."""
        for name, body in files.items():
            (self.path / folder / f"test_{name}.py").write_text(PRELUDE + body, encoding="utf-8")

    def target(self, name: str, *replacements: tuple[str, str], base: str = "bare") -> Path:
        """Write a target that differs from the base by these replacements."""
        text = (self.path / "targets" / f"{base}.toml").read_text(encoding="utf-8")
        for old, new in ((f'name = "{base}"', f'name = "{name}"'), *replacements):
            assert old in text, f"{old!r} is not in the target"
            text = text.replace(old, new)
        path = self.path / "targets" / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments: str, target: str = "bare") -> Ran:
        """Run pytest here with these arguments."""
        result = self.pytester.runpytest_subprocess(f"--target={target}", *arguments)
        out = result.stdout.str() + result.stderr.str()
        latest = self.path / "reports" / "latest"
        if not latest.exists():
            return Ran(int(result.ret), out, None)
        folder = latest.resolve()
        raw, _ = read_run(folder)  # also holds every record of every such run against its journal
        return Ran(int(result.ret), out, folder, json.loads(raw))


def bare_target() -> str:
    """A target on closed loopback ports, made of the documented example, that grants what smoke needs."""
    text = (ROOT / "targets" / "production.example.toml").read_text(encoding="utf-8")
    text = re.sub(r"[a-z0-9.-]+\.example\.com", "127.0.0.1", text)
    text = re.sub(r'\{ file = "/run[^"]*" \}', '{ env = "GOLIVE_CLICKHOUSE" }', text)
    text = text.replace('name = "production" ', 'name = "bare"').replace('release = "" ', 'release = "r1"')
    text = text.replace('levels = ["observe"]\n', 'levels = ["observe", "probe", "canary"]\n')
    text = re.sub(r"(?ms)^\[evidence[.\]].*?(?=^\[(?!evidence))", "", text)
    text = re.sub(r"(?m)^ca_file.*$", "", text)
    return re.sub(r"(?m)#.*env = .*$", "", text)  # what stands in a comment is no secret of this target


def with_evidence(folder: Path, *replacements: tuple[str, str]) -> None:
    """Make a folder a project, whose target ``bare``, but for these replacements, has its evidence in ``evidence``."""
    table = '[evidence]\nfolder = "evidence"\nroles = "evidence/roles.toml"\n[cluster] '
    text = bare_target()
    for old, new in (("[cluster] ", table), *replacements):
        assert old in text, f"{old!r} is not in the target"
        text = text.replace(old, new)
    shutil.copy(ROOT / "checklist.toml", folder)
    (folder / "targets").mkdir()
    (folder / "targets" / "bare.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A fresh scratch project with every secret set to a value that is easy to find."""
    path = pytester.path
    (path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (path / "checklist.toml").write_text((ROOT / "checklist.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (path / "targets").mkdir()
    (path / "tests_smoke").mkdir()
    (path / "tests_preflight").mkdir()
    text = bare_target()
    (path / "targets" / "bare.toml").write_text(text, encoding="utf-8")
    environment = {}
    for name in re.findall(r'env = "(GOLIVE_\w+)"', text):
        environment[name] = f'{hashlib.sha256(name.encode()).hexdigest()[:20]}/"<&>'
        monkeypatch.setenv(name, environment[name])
    return Project(pytester, environment)
