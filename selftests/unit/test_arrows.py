"""Who may import whom, and what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ALLOWED = {
    "golive.errors": set(),
    "golive.waiting": {"golive.errors"},
    "golive.target": {"golive.errors", "golive.target", "golive.tomlfile"},
    "golive.clients": {"golive.errors", "golive.waiting", "golive.target", "golive.clients", "golive.residue"},
    "golive.facts": {
        "golive.errors", "golive.waiting", "golive.target", "golive.clients", "golive.facts", "golive.residue",
        "golive.market", "golive.stats", "golive.load", "golive.evidence",
    },
    "golive.load": {"golive.errors", "golive.waiting", "golive.progress", "golive.wholefile", "golive.load"},
    "golive.fixtures": {
        "golive.facts", "golive.clients", "golive.target", "golive.residue", "golive.fixtures", "golive.load",
        "golive.progress", "golive.stats",
    },
    "golive.rehearsal": {
        "golive.errors", "golive.waiting", "golive.facts", "golive.evidence", "golive.residue", "golive.rehearsal",
    },
    "golive.residue": {"golive.errors"},
    "golive.finding": {"golive.errors"},
    "golive.decision": {"golive.errors", "golive.finding", "golive.checklist"},
    "golive.report": {"golive.checklist", "golive.evidence", "golive.errors", "golive.report", "golive.wholefile"},
    "golive.evidence": {
        "golive.finding", "golive.evidence", "golive.errors", "golive.checklist", "golive.decision", "golive.target",
        "golive.nearest", "golive.tomlfile", "golive.yamlfile", "golive.wholefile",
    },
    "golive.nearest": set(),
    "golive.tomlfile": {"golive.errors", "golive.nearest"},
    "golive.yamlfile": {"golive.errors", "golive.tomlfile"},
    "golive.market": set(),
    "golive.stats": set(),
    "golive.redact": set(),
    "golive.wholefile": set(),
    "golive.progress": set(),
    "golive.provider": {"golive.errors"},
}  # fmt: skip
LAB = {"golive.errors", "golive.waiting", "golive.provider", "golive.progress", "golive_lab"}


def files(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] in {"golive", "golive_lab", "selftests"}}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def within(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    wrong = {
        f"{module(path)} -> {name}"
        for path in files("golive")
        if within(module(path), {room})
        for name in ours(path)
        if not within(name, ALLOWED[room] | {room})
    }
    assert wrong == set()


def test_golive_never_imports_its_lab_or_tests() -> None:
    wrong = {
        f"{module(path)} -> {name}" for path in files("golive") for name in ours(path) if not within(name, {"golive"})
    }
    assert wrong == set()


def test_the_lab_knows_little_of_golive() -> None:
    wrong = {
        f"{module(path)} -> {name}"
        for path in files("golive_lab")
        if module(path) != "golive_lab.proving"
        for name in ours(path)
        if not within(name, LAB)
    }
    assert wrong == set()


def test_tests_import_facts_at_most() -> None:
    wrong = {
        f"{module(path)} -> {name}"
        for path in files("tests_smoke") + files("tests_functional")
        for name in ours(path)
        if not within(name, {"golive.facts"})
    }
    assert wrong == set()


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_machine() -> None:
    words = ["pypi" + ".org", "python" + "hosted", "repo1" + ".maven", "repo" + ".maven.apache", "proxy" + ".golang",
             "registry" + ".npmjs", "deb" + ".debian", "/wo" + "rk/"]  # fmt: skip
    pattern = re.compile("|".join(map(re.escape, words)))
    texts = [p for p in tracked() if p.suffix not in {".png"}]
    found = [str(p.relative_to(ROOT)) for p in texts if pattern.search(p.read_text(encoding="utf-8", errors="ignore"))]
    assert found == []


def test_the_lock_pins_every_package_with_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"(?m)^[A-Za-z0-9._-]+(?:\[[^]]+\])?==\S+", text)
    assert len(pinned) > 50
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text
    assert re.search(r"(?m)^setuptools==", text)


def test_no_module_has_grown_into_two() -> None:
    long = {str(p.relative_to(ROOT)): n for p in files("golive") + files("golive_lab")
            if (n := len(p.read_text(encoding="utf-8").splitlines())) > 300}  # fmt: skip
    assert long == {}
