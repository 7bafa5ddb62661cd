"""What is generated is to date, and what the documents say can be typed works."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from golive import catalogue
from golive.evidence import record

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]
GOLIVE = Path(sys.executable).with_name("golive")


def test_the_checklist_page_is_to_date() -> None:
    page = (ROOT / "docs" / "CHECKLIST.md").read_text(encoding="utf-8")
    assert page == catalogue.markdown(catalogue.read(ROOT)), "golive checklist --markdown > docs/CHECKLIST.md"


def test_the_record_schema_is_to_date() -> None:
    page = json.loads((ROOT / "docs" / "record.schema.json").read_text(encoding="utf-8"))
    assert page == record.schema()


def test_every_implemented_item_has_proofs_and_a_must_sentence() -> None:
    entries = [entry for entry in catalogue.read(ROOT).entries if entry.test]
    assert [entry.item.id for entry in entries if entry.state != "proven"] == []
    assert [entry.item.id for entry in entries if "MUST" not in (entry.test.must if entry.test else "")] == []
    assert [entry.item.id for entry in entries if not (entry.test and entry.test.hint)] == []
    assert {entry.item.id for entry in entries if entry.item.phase == "smoke"} == {
        "smoke.health", "smoke.authentication", "smoke.gateway", "smoke.databases", "smoke.kafka",
        "smoke.object_storage",
    }  # fmt: skip


def test_every_proof_is_of_an_item_that_has_a_test() -> None:
    shown = catalogue.read(ROOT)
    tested = {entry.item.id for entry in shown.entries if entry.test}
    assert {proof.item for entry in shown.entries for proof in entry.proofs} <= tested


def test_the_catalogue_agrees_with_what_pytest_collects() -> None:
    out = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    collected = {line.split("[")[0] for line in out.splitlines() if "::" in line}
    read = {f"{e.test.path}::{e.test.name}" for e in catalogue.read(ROOT).entries if e.test}
    assert collected == read


def commands() -> list[str]:
    """Commands of the documents that change nothing beyond this machine's caches and take seconds."""
    found = []
    for path in DOCS:
        if path.name == "evidence.md":
            continue  # selftests/evidence/test_story.py types them
        for block in re.findall(r"```sh\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            found += [line.split("#")[0].strip() for line in block.splitlines()]
    return sorted({line for line in found if line})


OWN_PLATFORM = [
    r"""sed -E 's|(["/ ])production(["/])|\1staging\2|' targets/production.example.toml > targets/staging.toml""",
    "golive target check staging",
    "pytest -m smoke --target=staging --release=2026.11.0",
]
SAFE = {
    "golive checklist": "not implemented",
    "golive lab status": "No lab named 'lab' is up",
    "golive clean": "nothing is kept up",
    "golive plan -m smoke": "6 of 6 items are looked at",
    "golive browser": "hromium",
}
"""Commands of the documents with what they say where no lab is kept up."""
ELSEWHERE = {
    "golive diff RUN": "test_difference.py runs it",
    "./run smoke": "continuous integration runs it",
    "./run functional": "selftests/lab runs its pytest",
    "./run performance": "selftests/lab runs its pytest",
    "./run deployment": "selftests/lab runs its pytest",
    "golive lab build": "run test runs it",
    "golive rehearse rollback --target staging --confirm 2026.11.0 --key suite.pem": "selftests/lab/test_rehearsal.py",
    "golive abort --target staging": "selftests/lab/test_rehearsal.py",
    "./run test": "this is it",
    "pip install -e '.[lab]'": "run does the same from the lock",
    "pytest -m smoke": "selftests/lab runs it",
    "golive lab up": "selftests/lab runs it",
    "golive lab down": "selftests/lab runs it",
    """kill $(golive lab status | awk '$1 == "instruments" { print $3 }')""": "selftests/lab runs it",
    ". .venv/bin/activate": "run makes it; that golive and pytest are in it is below",
    **dict.fromkeys(OWN_PLATFORM, "below, as far as it goes without a platform of one's own"),
}


def test_every_documented_command_is_executed_somewhere() -> None:
    assert [line for line in commands() if line not in SAFE and line not in ELSEWHERE] == []


@pytest.mark.parametrize("line", SAFE)
def test_documented_commands_work(line: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [str(GOLIVE), *line.split()[1:]], cwd=ROOT, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr
    assert SAFE[line] in ran.stdout + ran.stderr


def test_golive_and_pytest_are_in_the_environment_that_the_readme_activates() -> None:
    assert GOLIVE.exists()
    assert GOLIVE.with_name("pytest").exists()


def test_the_steps_towards_a_platform_of_ones_own_work(tmp_path: Path) -> None:
    for name in ("checklist.toml", "pyproject.toml", "tests_smoke"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "targets").mkdir()
    example = tmp_path / "targets" / "production.example.toml"
    example.write_text((ROOT / "targets" / example.name).read_text(encoding="utf-8"), encoding="utf-8")
    environment = {**os.environ, "PATH": f"{GOLIVE.parent}{os.pathsep}{os.environ['PATH']}"}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    copy, check, smoke = OWN_PLATFORM
    assert run(copy).returncode == 0
    first = run(f"{check} --offline")
    assert first.returncode == 2
    assert "syntax and fields: well formed" in first.stdout
    made = tomllib.loads((tmp_path / "targets" / "staging.toml").read_text(encoding="utf-8"))
    assert (made["name"], made["title"], made["environment"]) == ("staging", "Market intelligence, staging", "staging")
    evidence = [value for value in made["evidence"].values() if str(value).startswith("evidence/")]
    assert {Path(value).parts[1] for value in evidence} == {"staging"}
    # As the README asks: the levels, the authorities and each secret that the check names.
    staging = tmp_path / "targets" / "staging.toml"
    text = staging.read_text(encoding="utf-8").replace('["observe"]\n', '["observe", "probe", "canary"]\n')
    text = re.sub(r'file = "/[^"]*"', 'env = "GOLIVE_MOUNTED"', re.sub(r"(?m)^ca_file.*$", "", text))
    staging.write_text(text, encoding="utf-8")
    environment |= dict.fromkeys([*re.findall(r"try: export (\w+)=", first.stderr), "GOLIVE_MOUNTED"], "secret")
    second = run(f"{check} --offline")
    assert (second.returncode, second.stderr) == (0, "")
    assert "smoke needs" not in second.stdout
    assert run(f"{smoke} --collect-only -q").returncode == 0


def test_links_between_documents_lead_somewhere() -> None:
    dead = []
    for path in DOCS:
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if "://" not in link and not (path.parent / link).exists():
                dead.append(f"{path.name}: {link}")  # noqa: PERF401 - reads better than a nested comprehension
    assert dead == []
