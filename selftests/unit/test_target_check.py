"""``golive target check`` says all that a run would stumble over, before anything is reached."""

from __future__ import annotations

import json
import re
from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner, Result

from golive import progress
from golive.cli import app
from golive.cli import target as command
from golive.clients.reach import Endpoint
from golive.errors import BadInputs
from golive_lab import folders
from golive_lab.certificates import Authority
from golive_lab.configuration import Configuration

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "targets" / "production.example.toml").read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with the documented example as target ``own``, each of its secrets set."""
    (tmp_path / "checklist.toml").write_text((ROOT / "checklist.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "targets").mkdir()
    (tmp_path / "tests_smoke").symlink_to(ROOT / "tests_smoke")
    (tmp_path / "secret").write_text("secret\n", encoding="utf-8")
    ca_file = Authority(tmp_path / "ca").ca_file
    text = EXAMPLE.replace('name = "production"', 'name = "own"').replace("/etc/golive/platform-ca.pem", str(ca_file))
    text = re.sub(r'\{ file = "/run[^"]*" \}', f'{{ file = "{tmp_path / "secret"}" }}', text)
    (tmp_path / "targets" / "own.toml").write_text(text, encoding="utf-8")
    for name in re.findall(r'env = "(GOLIVE_\w+)"', text):
        monkeypatch.setenv(name, "secret")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(project: Path, old: str, new: str) -> int:
    """Change the target; the number of the line that changed."""
    path = project / "targets" / "own.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def check() -> Result:
    return CliRunner().invoke(app, ["target", "check", "own", "--offline"], catch_exceptions=True)


def test_a_target_that_grants_everything_and_lacks_nothing(project: Path) -> None:
    change(project, 'levels = ["observe"]\n', 'levels = ["observe", "probe", "canary"]\n')
    said = check()
    assert said.exit_code == 0
    assert "syntax and fields: well formed; levels canary, observe, probe" in said.output
    assert re.search(r"secrets: all \d+ references can be read", said.output)
    assert "needs" not in said.output


@pytest.mark.usefixtures("project")
def test_levels_that_smoke_lacks_are_remarked_upon() -> None:
    said = check()
    assert "levels: smoke needs canary, probe too: 5 items will be UNKNOWN level_not_granted" in said.output, project
    assert said.exit_code == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot be read: No such file"), ("no certificate\n", "holds no certificate in PEM")],
    ids=["absent", "not PEM"],
)
def test_a_ca_file_that_cannot_be_used_is_named_with_its_line(project: Path, content: str | None, says: str) -> None:
    other = project / "other.pem"
    if content is not None:
        other.write_text(content, encoding="utf-8")
    line = change(project, str(Authority(project / "ca").ca_file), str(other))
    said = check()
    assert isinstance(said.exception, BadInputs)
    assert f"targets/own.toml:{line}: ca_file: {other} {says}" in str(said.exception)


@pytest.mark.usefixtures("project")
def test_missing_secrets_are_counted_beside_well_formed_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOLIVE_KAFKA_PASSWORD")
    said = check()
    assert re.search(r"syntax and fields: well formed.*\n(levels: .*\n)*secrets: 1 of \d+ missing\n", said.output), (
        project
    )
    assert isinstance(said.exception, BadInputs)


def test_an_address_is_never_cut_and_said_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = f"{'long-name-of-a-service.' * 3}invalid"
    text = re.sub(r"[a-z0-9.-]+\.example\.com", "127.0.0.1", (project / "targets" / "own.toml").read_text())
    (project / "targets" / "own.toml").write_text(text.replace("https://127.0.0.1", f"https://{long}", 1))
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", (project / "targets" / "own.toml").read_text())
    said = CliRunner().invoke(app, ["target", "check", "own"])
    assert said.exit_code == 1
    assert said.output.count(f"{long}:") == 1
    assert "…" not in said.output


@pytest.mark.usefixtures("project")
def test_who_waits_for_an_endpoint_is_told_for_which(monkeypatch: pytest.MonkeyPatch) -> None:
    said, told = [], Event()

    def show(_line: progress.MovingLine, words: str) -> None:
        said.append(words)
        told.set()

    def reach(place: Endpoint, _seconds: float) -> str:
        return "reachable" if place.label != "postgres" or told.wait(20) else "nobody was told"

    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(progress.MovingLine, "show", show)
    monkeypatch.setattr(command, "reach", reach)
    ran = CliRunner().invoke(app, ["target", "check", "own"], catch_exceptions=False)
    assert "nobody was told" not in ran.output
    assert re.fullmatch(r"waiting for \d+ of \d+ endpoints: postgres.* \(0 s\)", said[0])
    assert len(said[0]) < 80


def test_what_a_kept_lab_was_brought_up_without_is_not_for_the_user_to_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = {"cluster": {"kubeconfig": {"file": str(tmp_path / "golive.kubeconfig")}}}
    (tmp_path / folders.OVERLAY).write_text(json.dumps(overlay), encoding="utf-8")
    digest = Configuration.load("reference").digest
    kept = folders.Kept("lab", str(tmp_path), 1, 1.0, "reference", digest, 0.0)
    monkeypatch.setattr(folders, "find_kept", lambda _name: kept)
    monkeypatch.chdir(ROOT)
    said = CliRunner().invoke(app, ["target", "check", "lab", "--offline"]).exception
    assert isinstance(said, BadInputs)
    hints = {problem.field: problem.suggestion for problem in said.problems}
    lab = "golive lab build, then golive lab down --name lab and golive lab up --name lab"
    assert hints["cluster.kubeconfig"] == lab
    assert lab not in {hint for field, hint in hints.items() if field != "cluster.kubeconfig"}
