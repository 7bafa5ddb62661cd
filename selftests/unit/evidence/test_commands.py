"""golive key, attest and waive: what they write is what a person would write, and only the right key counts."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from golive.cli import app
from golive.errors import BadInput
from golive.evidence import keys
from golive.evidence import roles as role_maps
from golive.evidence.statements import Attestation, Waiver, read
from selftests.project import with_evidence

PASSPHRASE = "a passphrase of some length"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with_evidence(tmp_path)
    (tmp_path / "evidence").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PASSPHRASE", PASSPHRASE)
    return tmp_path


def golive(*arguments: str, typed: str = "") -> str:
    result = CliRunner().invoke(app, arguments, input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def key(project: Path, role: str, name: str) -> Path:
    file = project / f"{role}.key"
    printed = golive("key", "new", str(file), "--role", role, "--name", name, "--passphrase-env", "PASSPHRASE")
    with (project / "evidence" / "roles.toml").open("a") as roles:
        roles.write(printed[printed.index("[[key]]") :])
    return file


def test_a_key_is_for_its_owner_alone(project: Path) -> None:
    file = key(project, "product_owner", "Owner Two")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ENCRYPTED" in file.read_text()
    assert keys.load(file, SecretStr(PASSPHRASE))
    with pytest.raises(BadInput, match="the passphrase is another one"):
        keys.load(file, SecretStr("another passphrase"))
    with pytest.raises(BadInput, match="is there already"):
        keys.new(file, SecretStr(PASSPHRASE))
    with pytest.raises(BadInput, match="less than 12 characters"):
        keys.new(project / "short.key", SecretStr("short"))
    file.chmod(0o640)
    with pytest.raises(BadInput, match="others may read this key"):
        keys.load(file, SecretStr(PASSPHRASE))


def test_a_missing_passphrase_names_its_variable(project: Path) -> None:
    with pytest.raises(BadInput, match="environment variable NOPE is not set"):
        golive("key", "new", "k.key", "--passphrase-env", "NOPE")


def test_attest_writes_and_signs(project: Path) -> None:
    file = key(project, "operations_manager", "Manager Four")
    (project / "plan.md").write_text("the plan")
    golive(
        "attest", "testing.disaster_recovery", "--target", "bare", "--key", str(file), "--passphrase-env",
        "PASSPHRASE", "--evidence", "plan.md", "--measured", "rto_minutes=42", typed="we restored the second region\n",
    )  # fmt: skip
    (found,) = read(project / "evidence", Attestation, role_maps.read(project / "evidence" / "roles.toml"))
    assert (found.refused, found.signers[0].name) == ("", "Manager Four")
    assert (found.says.role, found.says.release) == ("operations_manager", "r1")
    assert found.says.measured == {"rto_minutes": 42}
    assert [document.uri for document in found.says.evidence] == ["plan.md"]


def test_attest_says_whose_statement_the_item_asks_for(project: Path) -> None:
    file = key(project, "product_owner", "Owner Two")
    said = golive(
        "attest", "postdeploy.support_briefed", "--target", "bare", "--key", str(file),
        "--passphrase-env", "PASSPHRASE", typed="support was briefed about this release\n",
    )  # fmt: skip
    assert said.splitlines()[-2] == (
        "it counts for nothing yet: postdeploy.support_briefed asks for a statement of the operations manager, "
        "not of the product owner"
    )


def test_waive_says_which_signature_is_missing(project: Path) -> None:
    lead, officer = key(project, "engineering_lead", "Lead One"), key(project, "security_officer", "Officer Three")
    said = golive(
        "waive", "security.admin_mfa", "--target", "bare", "--key", str(lead), "--passphrase-env", "PASSPHRASE",
        "--why", "tokens arrive on Monday", "--author", "Someone Else", "--ticket", "SEC-1", typed="any\n",
    )  # fmt: skip
    assert "it counts for nothing yet: a security item needs the security officer's signature" in said
    (path,) = (project / "evidence" / "waivers").glob("*.yaml")
    said = golive("waive", "--file", str(path), "--target", "bare", "--key", str(officer), "--passphrase-env", "PASSPHRASE")  # fmt: skip  # noqa: E501
    assert "counts for nothing" not in said
    (found,) = read(project / "evidence", Waiver, role_maps.read(project / "evidence" / "roles.toml"))
    assert [signer.role for signer in found.signers] == ["engineering_lead", "security_officer"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["functional.caiso_blocked"], "cannot be waived"),
        (["security.admin_mfaa"], "did you mean 'security.admin_mfa'"),
        (["performance.resources", "--days", "31"], "longer than 30 days"),
        (["performance.resources", "--author", "lead one"], "two people"),
    ],
)
def test_what_waive_refuses(project: Path, arguments: list[str], says: str) -> None:
    lead = key(project, "engineering_lead", "Lead One")
    given = ["--why", "tokens arrive on Monday", "--ticket", "T-1", "--release", "any"]
    author = [] if "--author" in arguments else ["--author", "Someone Else"]
    common = ["--target", "bare", "--key", str(lead), "--passphrase-env", "PASSPHRASE"]
    with pytest.raises(BadInput, match=says):
        golive("waive", *arguments, *given, *author, *common)
    assert not (project / "evidence" / "waivers").exists()


def test_a_strangers_key_signs_nothing(project: Path) -> None:
    key(project, "engineering_lead", "Lead One")
    golive("key", "new", "other.key", "--passphrase-env", "PASSPHRASE")
    with pytest.raises(BadInput, match=r"roles.toml: binds your key to no role"):
        golive("waive", "performance.resources", "--target", "bare", "--key", "other.key", "--passphrase-env", "PASSPHRASE")  # fmt: skip  # noqa: E501


def test_a_strangers_key_spoils_no_good_signature(project: Path) -> None:
    lead = key(project, "engineering_lead", "Lead One")
    golive("key", "new", "other.key", "--passphrase-env", "PASSPHRASE")
    common = ["--target", "bare", "--passphrase-env", "PASSPHRASE"]
    given = ["--why", "tokens arrive on Monday", "--ticket", "T-1", "--release", "any", "--author", "Someone Else"]
    golive("waive", "performance.resources", "--key", str(lead), *given, *common)
    (path,) = (project / "evidence" / "waivers").glob("*.yaml")
    with pytest.raises(BadInput, match=r"roles.toml: binds your key to no role"):
        golive("waive", "--file", str(path), "--key", "other.key", *common)
    (found,) = read(project / "evidence", Waiver, role_maps.read(project / "evidence" / "roles.toml"))
    assert [signer.role for signer in found.signers] == ["engineering_lead"]


@pytest.mark.parametrize("days", ["nan", "inf", "-1"])
def test_days_that_are_no_time_are_wrong_usage(project: Path, days: str) -> None:
    lead = key(project, "engineering_lead", "Lead One")
    given = ["waive", "performance.resources", "--key", str(lead), "--target", "bare", f"--days={days}"]
    assert CliRunner().invoke(app, given).exit_code == 2


def test_a_key_for_no_role_is_refused_before_a_passphrase_is_asked_for(project: Path) -> None:
    with pytest.raises(BadInput, match="no role 'engineer'") as refused:
        golive("key", "new", str(project / "a.key"), "--role", "engineer", typed="never asked\n")
    assert "engineering_lead, product_owner" in refused.value.suggestion
    assert not (project / "a.key").exists()
