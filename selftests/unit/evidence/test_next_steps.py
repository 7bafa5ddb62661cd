"""What golive decide, explain and ledger say where nothing is there yet: what is, and which command comes next."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from golive import checklist as checklists
from golive.cli import app
from golive.errors import BadInput
from golive.nearest import MOST_SHOWN, by_nearness, did_you_mean, some
from selftests.ledgers import Release, finding, record
from selftests.project import ROOT, with_evidence

RELEASES = ("2026.10.0", "2026.11.0")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose target ``bare`` names no release, and has an evidence folder that is named and not there."""
    with_evidence(tmp_path, ('release = "r1"', 'release = ""'))
    (tmp_path / "tests_smoke").symlink_to(ROOT / "tests_smoke")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def known(folder: Path) -> Path:
    """That project with the ledgers of two releases, of which smoke.health alone was looked at."""
    release = Release(folder / "evidence", checklists.load(folder / "checklist.toml"))
    release.enter(record("run-1", finding("smoke.health")))
    for name in RELEASES:
        shutil.copytree(release.ledger.folder, release.ledger.folder.with_name(name))
    return folder


def golive(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--target", "bare"], catch_exceptions=False)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("command", "phase", "status"),
    [
        (("decide", "--gate", "promote-10", "--release", "2026.11.1"), "functional", 11),
        (("verify", "--gate", "whole", "--release", "2026.11.1"), "smoke", 11),
        (("explain", "smoke.kafka", "--release", "2026.11.1"), "smoke", 0),
        (("ledger", "2026.11.1"), "smoke", 0),
    ],
    ids=["decide", "verify", "explain", "ledger"],
)
def test_a_release_that_the_ledger_does_not_know(command: tuple[str, ...], phase: str, status: int) -> None:
    said = golive(*command)
    of = "--target=bare --release=2026.11.1"
    assert said.stderr == (
        "the ledger of bare knows no release '2026.11.1'; it knows 2026.11.0, 2026.10.0, r1\n"
        "    try: --release=2026.11.0; or, for a first record: "
        f"pytest -m {phase} {of}; then golive enter latest {of} --key KEY\n"
    )
    assert said.exit_code == status


@pytest.mark.usefixtures("folder")
def test_a_ledger_that_knows_nothing_yet() -> None:
    of = "--target=bare --release=r1"
    assert golive("explain", "smoke.kafka", "--release", "r1").stderr == (
        "the ledger of bare knows no release 'r1', nor any other\n"
        f"    try: pytest -m smoke {of}; then golive enter latest {of} --key KEY\n"
    )


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("smoke.health", ""),
        ("smoke.kafka", "    try: pytest -m smoke {of}; then golive enter latest {of} --key KEY\n"),
        ("signoff.product_owner", "    try: golive sign {of} --role product_owner --key KEY; the signatures decide\n"),
        ("rollout.traffic_10", ""),
    ],
)
def test_an_item_that_nobody_has_looked_at(item: str, says: str) -> None:
    said = golive("explain", item, "--release", "r1")
    assert said.stderr == says.format(of="--target=bare --release=r1")
    assert said.exit_code == 0


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("command", ["decide", "verify"])
def test_what_nobody_has_looked_at_is_told_an_item_and_what_to_do_a_phase(command: str) -> None:
    said = golive(command, "--gate", "deployed", "--release", "r1")
    nobody = "nobody has looked yet: no run was asked for it"
    assert f"NOT ASKED  smoke.kafka (engineering lead)  {nobody}\n" in said.stdout
    of = "--target=bare --release=r1"
    assert said.stderr == f"    try: pytest -m smoke {of}; then golive enter latest {of} --key KEY\n"


@pytest.mark.usefixtures("known")
def test_what_has_no_test_says_all_of_it_itself() -> None:
    said = golive("decide", "--release", "r1")
    words = "no test claims it; write its test, as CONTRIBUTING.md says; pytest -m rollout, then golive enter"
    assert f"rollout.traffic_10 (engineering lead)  nobody has looked yet: {words}\n" in said.stdout
    assert "pytest -m rollout" not in said.stderr


@pytest.mark.usefixtures("known")
def test_who_has_to_sign_is_told_in_one_line() -> None:
    of = "--target=bare --release=r1"
    assert golive("decide", "--gate", "close", "--release", "r1").stderr.splitlines()[-1] == (
        f"    try: golive sign {of} --gate=close --role ROLE --key KEY; the signatures decide; "
        "ROLE is each of engineering_lead, product_owner, security_officer, operations_manager"
    )


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("smoke.kafka", "no run was asked for it; pytest -m smoke, then golive enter"),
        ("signoff.product_owner", "no run was asked for it; golive sign --role product_owner"),
        ("rollout.traffic_10", "no test claims it; write its test, as CONTRIBUTING.md says; pytest -m rollout, then"),
    ],
)
def test_without_a_test_and_not_run_are_told_apart(item: str, says: str) -> None:
    assert f"stands: UNKNOWN\nnobody has looked yet: {says}" in golive("explain", item, "--release", "r1").stdout


@pytest.mark.usefixtures("known")
def test_no_release_is_named_anywhere() -> None:
    with pytest.raises(BadInput, match="no release is named, and the target 'bare' names none") as refused:
        golive("decide")
    assert refused.value.suggestion == "one that its ledger knows: 2026.10.0, 2026.11.0, r1"


@pytest.mark.usefixtures("folder")
def test_nothing_names_a_release_and_the_ledger_is_empty() -> None:
    with pytest.raises(BadInput, match="no release is named") as refused:
        golive("decide")
    assert refused.value.suggestion == "--release TAG"


@pytest.mark.parametrize("command", [("decide",), ("verify",), ("sign", "--role", "suite", "--key", "absent.key")])
def test_the_name_of_a_gate_is_checked_before_the_target(command: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="unknown gate 'promote10'") as refused:
        CliRunner().invoke(app, [*command, "--gate", "promote10", "--target", "absent"], catch_exceptions=False)
    assert refused.value.suggestion == (
        "did you mean 'promote-10'? one of: pre-deploy, deployed, promote-10, promote-50, promote-100, close, whole"
    )


def test_a_folder_of_evidence_without_a_role_map(folder: Path) -> None:
    (folder / "evidence").mkdir()
    with pytest.raises(BadInput) as refused:
        golive("decide", "--release", "r1")
    assert str(refused.value) == (
        "evidence/roles.toml: there is no role map, which says whose signatures in evidence count, and for which role\n"
        "    try: golive key new FILE --role ROLE --name WHOSE prints a key's lines for it"
    )


def test_what_is_spelled_alike() -> None:
    assert by_nearness("2026.11.1", ["r1", "2026.10.0", "2026.11.0"]) == ["2026.11.0", "2026.10.0", "r1"]
    assert by_nearness("x", []) == []
    assert (did_you_mean("stagin", ["staging", "lab"]), did_you_mean("q", ["lab"])) == ("did you mean 'staging'?", "")


def test_names_beyond_the_first_few_are_counted() -> None:
    first = [f"r{number}" for number in range(MOST_SHOWN)]
    assert some(first) == "r0, r1, r2, r3, r4"
    assert some([*first, "r5"]) == "r0, r1, r2, r3, r4 and 1 more"
    assert some([]) == ""
