"""Locust changes the standard library under whoever imports it: only the generator's own process may."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from selftests.unit.test_arrows import ROOT, files, imports, module

PATCHING = {"locust", "gevent", "geventhttpclient"}
INSIDE = {
    "golive.load.locustfile",
    "golive.load.inside.conductor",
    "golive.load.inside.start",
    "golive.load.inside.tokens",
}
LOOK = """
import sys
import pytest

class Look:
    def pytest_unconfigure(self):
        found = sorted({name.partition(".")[0] for name in sys.modules} & set(%r))
        print("PATCHED BY", found)

status = pytest.main([*sys.argv[1:], "-p", "no:cacheprovider"], plugins=[Look()])
"""


def test_only_what_runs_within_the_generator_imports_locust_or_gevent() -> None:
    sources = [*files("golive"), *files("golive_lab"), *files("tests_smoke"), *files("tests_functional")]
    found = {module(path) for path in sources if {name.partition(".")[0] for name in imports(path)} & PATCHING}
    assert found == INSIDE


def test_nothing_outside_imports_what_runs_within() -> None:
    found = {
        f"{module(path)} -> {name}"
        for path in [*files("golive"), *files("golive_lab"), *files("selftests")]
        if module(path) not in INSIDE
        for name in imports(path)
        if name in INSIDE
    }
    assert found == set()


def test_the_locustfile_is_named_by_its_path_only() -> None:
    tree = ast.parse((ROOT / "golive/load/generator.py").read_text(encoding="utf-8"))
    assert any(isinstance(node, ast.Constant) and node.value == "locustfile.py" for node in ast.walk(tree))


@pytest.mark.parametrize(
    "arguments", [["--collect-only", "-q"], ["selftests/load/test_counting.py", "-q", "-k", "ledger"]]
)
def test_pytests_process_never_holds_locust(arguments: list[str], tmp_path: Path) -> None:
    program = LOOK % sorted(PATCHING)
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert "PATCHED BY []" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


def test_all_modules_of_load_can_be_held_without_locust() -> None:
    names = [module(path) for path in files("golive/load") if module(path) not in INSIDE]
    program = f"import sys, {', '.join(names)}; print(sorted(set(sys.modules) & {PATCHING!r}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
