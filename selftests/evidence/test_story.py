"""The documents' own commands, typed in a project with real runs: GO, promotion, and each way to a no."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from golive import checklist as checklists
from golive.evidence.roles import OWNERS
from selftests.project import ROOT, SETTINGS, bare_target

PASSPHRASE = "a passphrase of some length"
RELEASE = "2026.11.0"
TABLE = '[evidence]\nfolder = "evidence/production"\nroles = "evidence/production/roles.toml"\n[cluster] '
TEST = """
@pytest.mark.item("{item}")
def test_{name}(evidence):
    evidence.add(Seen(service="gateway", version=BUILD.read_text()))
    assert (HERE / "{name}").exists() is False
"""
HEAD = """
from dataclasses import dataclass
from pathlib import Path
import pytest
HERE = Path(__file__).parent.parent / "broken"
BUILD = Path(__file__).parent.parent / "build"

@dataclass(frozen=True)
class Seen:
    service: str
    version: str
"""


class Story:
    """A project whose deployment and smoke items look at a few files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {
            **dict.fromkeys(re.findall(r'env = "(GOLIVE_\w+)"', bare_target()), "some-secret-value"),
            **os.environ,
            "GOLIVE_PASSPHRASE": PASSPHRASE,
            "RELEASE": RELEASE,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        self.environment.pop("PYTEST_ADDOPTS", None)

    def make(self) -> None:
        settings = SETTINGS.replace('["tests_smoke", "tests_preflight"]', '["tests_smoke", "tests_deployment"]')
        (self.path / "pyproject.toml").write_text(settings, encoding="utf-8")
        shutil.copy(ROOT / "checklist.toml", self.path)
        for folder in ("targets", "keys", "broken", "tests_smoke", "tests_deployment", "evidence/production"):
            (self.path / folder).mkdir(parents=True)
        text = bare_target().replace('name = "bare"', 'name = "production" ').replace("[cluster] ", TABLE)
        (self.path / "targets" / "production.toml").write_text(text, encoding="utf-8")
        (self.path / "build").write_text("b1")
        for item in checklists.load(ROOT / "checklist.toml").items:
            if item.phase in {"deployment", "smoke"}:
                name = item.id.split(".")[1]
                body = HEAD + TEST.format(item=item.id, name=name)
                (self.path / f"tests_{item.phase}" / f"test_{name}.py").write_text(body, encoding="utf-8")
        for role in (*OWNERS, "suite"):
            self.do(
                f"golive key new keys/{role}.key --role {role} --name 'The {role}' --passphrase-env GOLIVE_PASSPHRASE"
                " >> evidence/production/roles.toml"
            )
        (self.path / "promote.sh").write_text("#!/bin/sh\ntouch promoted\n")
        (self.path / "promote.sh").chmod(0o755)

    def do(self, script: str, status: int = 0) -> str:
        ran = subprocess.run(
            ["sh", "-ec", script], cwd=self.path, env=self.environment, capture_output=True, text=True, check=False
        )
        out = ran.stdout + ran.stderr
        assert ran.returncode == status, out
        assert PASSPHRASE not in out
        return out

    def verify(self, status: int, options: str = "--signed --gate deployed") -> str:
        return self.do(f"golive verify {options} --target production --release $RELEASE", status)

    def again(self, status: int = 0) -> None:
        """A further run, put into the ledger."""
        self.do('pytest -m "deployment or smoke" --target=production --release=$RELEASE', status)
        self.do("golive enter latest --target production --release $RELEASE --key keys/suite.key"
                " --passphrase-env GOLIVE_PASSPHRASE")  # fmt: skip


def blocks(page: str, heading: str, language: str) -> list[str]:
    """What stands below a heading, before the next one."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(f"## {heading}")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after the documented script."""
    story = Story(tmp_path_factory.mktemp("story") / "project")
    story.path.mkdir()
    story.make()
    _, released, _ = blocks("evidence.md", "A release in one script", "sh")
    out = story.do('TARGET=production PHASES="deployment smoke" GATES=deployed\n' + released)
    assert "deployed: GO (10 of 10)" in out
    assert "verified: 2026.11.0 may pass deployed" in out
    (looked_up,) = blocks("evidence.md", "The ledger", "sh")
    out = story.do(looked_up)
    assert "without a test: functional.miso_api" in out
    assert "stands: PASS" in out
    return story.path


@pytest.fixture
def story(signed: Path, tmp_path: Path) -> Story:
    shutil.copytree(signed, tmp_path / "project", symlinks=True)
    return Story(tmp_path / "project")


def folder(story: Story) -> Path:
    return story.path / "evidence" / "production" / "ledger" / RELEASE


def test_the_whole_stays_incomplete_and_names_what_is_missing(story: Story) -> None:
    out = story.verify(11, "--gate whole")
    words = "nobody has looked yet: no test claims it; write its test, as CONTRIBUTING.md says; pytest -m performance"
    assert f"UNKNOWN not_implemented  performance.api_latency (engineering lead)  {words}" in out
    assert "whole: INCOMPLETE (10 of 102; 92 UNKNOWN)" in out
    summary = json.loads((story.path / "deployed.json").read_text())
    assert summary["predicate"]["verificationResult"] == "PASSED"
    assert "GO (10 of 10)" in (story.path / "deployed.html").read_text()


def test_one_changed_byte_is_a_no_in_one_line(story: Story) -> None:
    record = next((folder(story) / "records").iterdir())
    text = record.read_text()
    record.write_text(text.replace("A", "B", 1))
    out = story.verify(10)
    assert re.fullmatch(
        r"no: the ledger of 2026\.11\.0 proves nothing: link [12]: \S+ changed since it was added\n", out
    )


def test_a_replay_for_another_release_is_a_no(story: Story) -> None:
    folder(story).rename(folder(story).with_name("2026.12.0"))
    out = story.do("golive verify --signed --gate deployed --target production --release 2026.12.0", 10)
    assert out.endswith("link 1: its record is of production 2026.11.0\n")


def test_one_key_for_two_roles_is_a_no(story: Story) -> None:
    options = "--gate deployed --target production --release $RELEASE --passphrase-env GOLIVE_PASSPHRASE"
    out = story.do(f"golive sign --role product_owner --key keys/engineering_lead.key {options}", 2)
    assert "your key is of the engineering lead, not of the product owner" in out
    signatures = folder(story) / "signatures" / "deployed"
    shutil.copy(signatures / "engineering_lead.dsse.json", signatures / "product_owner.dsse.json")
    assert "no: product owner: signed by The engineering_lead" in story.verify(10)


def test_three_of_four_is_a_no(story: Story) -> None:
    (folder(story) / "signatures" / "deployed" / "security_officer.dsse.json").unlink()
    assert "no: security officer: has not signed\n" in story.verify(10)


def test_a_run_afterwards_voids_the_sign_off_and_red_then_green_needs_a_reason(story: Story) -> None:
    (story.path / "broken" / "kafka").write_text("")
    story.again(status=1)
    assert "no: engineering lead: the ledger changed since it was signed" in story.verify(10)
    (story.path / "broken" / "kafka").unlink()
    story.again()
    out = story.do("golive decide --gate deployed --target production --release $RELEASE", 10)
    assert "FAIL  smoke.kafka (engineering lead)  smoke.kafka: FAIL in golive-" in out
    run = re.search(r"FAIL in (\S+),", out)
    assert run
    common = "--target production --release $RELEASE --passphrase-env GOLIVE_PASSPHRASE"
    why = "--why 'the broker was restarted by its operator'"
    story.do(f"golive reason smoke.kafka --run {run[1]} {why} --key keys/product_owner.key {common}", 2)
    story.do(f"golive reason smoke.kafka --run {run[1]} {why} --key keys/engineering_lead.key {common}")
    out = story.do("golive decide --gate deployed --target production --release $RELEASE")
    assert "the broker was restarted by its operator (The engineering_lead" in out
    assert "deployed: GO (10 of 10)" in out
    out = story.do("golive explain smoke.kafka --target production --release $RELEASE")
    assert out.count("golive-") >= 3
    assert "stands: PASS" in out


def test_a_waiver_lets_a_failing_item_pass_and_is_said_aloud(story: Story) -> None:
    (story.path / "broken" / "kafka").write_text("")
    common = "--target production --release $RELEASE --passphrase-env GOLIVE_PASSPHRASE"
    asked = "--why 'the broker is replaced tonight' --author 'The engineering_lead' --ticket OPS-1"
    story.do(f"golive waive smoke.kafka {asked} --key keys/operations_manager.key {common}")
    story.again()
    out = story.do("golive decide --gate deployed --target production --release $RELEASE --page waived.html")
    assert re.search(r"(?m)^WAIVED  smoke\.kafka until \S+Z hides FAIL: ", out)
    assert "deployed: GO WITH WAIVERS (10 of 10)" in out
    story.verify(0, "--gate deployed --holds-for 167")
    assert "no: smoke.kafka: its WAIVED counts until" in story.verify(10, "--gate deployed --holds-for 169")
    page = (story.path / "waived.html").read_text(encoding="utf-8")
    assert "GO WITH WAIVERS" in page
    assert "the broker is replaced tonight (OPS-1)" in page
    assert "smoke.kafka: PASS, now WAIVED" in page
    assert "no: engineering lead: the ledger changed since it was signed" in story.verify(10)


def test_another_build_needs_no_reason_and_its_items_anew(story: Story) -> None:
    (story.path / "build").write_text("b2")
    story.do("pytest tests_smoke/test_kafka.py -m smoke --target=production --release=$RELEASE || true")
    story.do("golive enter latest --target production --release $RELEASE --key keys/suite.key"
             " --passphrase-env GOLIVE_PASSPHRASE")  # fmt: skip
    out = story.do("golive decide --gate deployed --target production --release $RELEASE", 11)
    assert "UNKNOWN stale_evidence  smoke.health" in out
    assert "is of build b1 of gateway, and b2 answers now" in out


def scripts(page: str, heading: str) -> Iterator[str]:
    """Every command of a recipe's jobs that is golive's, pytest's or the promotion."""
    (text,) = blocks(page, heading, "yaml")
    recipe = yaml.safe_load(text)
    jobs = recipe.get("jobs", recipe)
    for job in ("smoke", "promote"):
        lines = jobs[job].get("script") or [step["run"] for step in jobs[job]["steps"] if "run" in step]
        yield from (line for line in lines if not line.startswith("git "))


@pytest.mark.parametrize("recipe", ["GitHub Actions", "GitLab"])
@pytest.mark.parametrize("broken", ["", "kafka"])
def test_the_recipes_promote_on_go_alone(tmp_path: Path, recipe: str, broken: str) -> None:
    story = Story(tmp_path)
    story.make()
    if broken:
        (tmp_path / "broken" / broken).write_text("")
    commands = list(scripts("ci.md", recipe))
    assert commands[-1] == "./promote.sh"
    story.do("\n".join(commands), status=10 if broken else 0)
    assert (tmp_path / "promoted").exists() is (broken == "")


def test_no_ledger_promotes_nothing(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.make()
    out = story.verify(11, "--gate deployed")
    assert "deployed: INCOMPLETE (0 of 10; 10 UNKNOWN)" in out
    story.verify(2, "--gate deploied")


def test_signing_what_is_no_go_is_refused(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.make()
    options = "--gate deployed --target production --release $RELEASE --passphrase-env GOLIVE_PASSPHRASE"
    assert "there is no GO to sign" in story.do(f"golive sign --role product_owner --key keys/product_owner.key {options}", 2)  # fmt: skip  # noqa: E501
