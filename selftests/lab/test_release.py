"""A whole release on the lab by the documented script, as it is typed: GO at the gates, and each way to a no."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from golive import catalogue
from golive.evidence.roles import OWNERS
from selftests.clusters import built
from selftests.evidence.test_story import PASSPHRASE, blocks

ROOT = Path(__file__).parents[2]
RELEASE = "2026.11.0"
REST = "release 2026.11.0 on lab"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
NEXT = "-- the next part --\n"
SECONDS = 900

pytestmark = built


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a project's own, with this one's checklist, targets and tests."""
    folder = tmp_path_factory.mktemp("release")
    for name in ("checklist.toml", "pyproject.toml", "targets", *(path.name for path in ROOT.glob("tests_*"))):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="module")
def printed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each part of the script prints."""
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
        "GOLIVE_PASSPHRASE": PASSPHRASE,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("PYTEST_ADDOPTS", None)
    script = f"\necho '{NEXT.strip()}'\n".join(blocks("evidence.md", "A release in one script", "sh"))
    try:
        ran = subprocess.run(
            ["sh", "-ec", script], cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, timeout=SECONDS,
        )  # fmt: skip
    finally:
        subprocess.run(["golive", "lab", "down"], cwd=project, env=environment, check=False, capture_output=True)
    assert (ran.returncode, PASSPHRASE in ran.stdout) == (0, False), ran.stdout
    return ran.stdout.split(NEXT)


def lines(text: str, pattern: str) -> list[str]:
    return re.findall(rf"(?m)^(?:{pattern}).*$", text)


def test_gates_whose_items_are_all_implemented_are_go_signed_and_verified(printed: list[str]) -> None:
    _, released, _ = printed
    assert lines(released, r"deployed: |promote-10: |verified: ") == [
        *[f"deployed: GO (10 of 10), {REST}"] * 2,
        f"verified: {RELEASE} may pass deployed",
        *[f"promote-10: GO (12 of 12), {REST}"] * 2,
        f"verified: {RELEASE} may pass promote-10",
    ]
    signers = re.findall(r"(?m)^The (\w+).* signs gate (\S+): GO", released)
    assert signers == [(role, gate) for gate in ("deployed", "promote-10") for role in OWNERS]


def test_the_whole_is_incomplete_and_names_what_is_not_implemented(printed: list[str]) -> None:
    whole = printed[2].partition("whole: ")[0]
    missing = {entry.item.id for entry in catalogue.read(ROOT).entries if entry.state == "not implemented"}
    named = set(re.findall(r"(?m)^(?:NOT ASKED|UNKNOWN not_implemented)  (\S+) \(", whole))
    assert missing - named == set()
    assert len(lines(printed[2], r"whole: INCOMPLETE \(")) == 2
    (waived,) = set(lines(printed[2], "WAIVED"))
    assert re.fullmatch(r"WAIVED  application\.rollback_plan until \S+Z hides UNKNOWN.*", waived), waived


def test_each_change_afterwards_is_a_no_in_one_line(printed: list[str]) -> None:
    said = [line for line in lines(printed[2], "no: ") if not line.endswith(": has not signed")]
    expected = (
        rf"no: testing\.disaster_recovery: its PASS counts until {TIME}, and has to until {TIME}",
        r"no: the ledger of 2026\.11\.0 proves nothing: link \d: \S+ changed since it was added",
        r"no: the ledger of 2026\.12\.0 proves nothing: link 1: its record is of lab 2026\.11\.0",
        r"no: product owner: signed by The engineering_lead.*, whose key is another role's",
    )
    assert len(said) == len(expected), said
    assert [line for line, pattern in zip(said, expected, strict=True) if not re.fullmatch(pattern, line)] == []
    assert "your key is of the engineering lead, not of the product owner" in printed[2]
