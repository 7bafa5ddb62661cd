"""A passphrase is asked for once nothing else is wrong, and only where somebody can type it unseen."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

from golive import checklist as checklists
from golive.cli import app
from golive.errors import BadInput
from golive.evidence import keys
from selftests.ledgers import Release, close, finding, record, waiver
from selftests.people import NOW
from selftests.project import with_evidence
from selftests.unit.evidence.refusals import PASSPHRASE

GREEN, RED = "20261126T120000Z-one", "20261126T110000Z-two"
UNTIL = NOW + timedelta(hours=1)
GOLIVE = str(Path(sys.executable).with_name("golive"))
STAGING = (
    ('environment = "production"', 'environment = "staging"'), ('"canary"]', '"canary", "disrupt"]'),
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two runs, of which the red one is in the ledger, and a key that nobody binds."""
    with_evidence(tmp_path, *STAGING)
    release = Release(tmp_path / "evidence", checklists.load(tmp_path / "checklist.toml"))
    waived = finding("smoke.gateway", "WAIVED", until=UNTIL)
    red = record(RED, finding("smoke.kafka", "FAIL"), waived, at=NOW, waivers=[waiver("smoke.gateway", UNTIL)])
    for found in (record(GREEN, finding("smoke.health")), red):
        close(found, tmp_path / "reports" / found.run)
    release.enter(red)
    keys.new(tmp_path / "my.key", PASSPHRASE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a command says that asks for nothing."""

    def asked(*words: object, **_: object) -> NoReturn:
        raise AssertionError(f"asked: {words}")

    monkeypatch.setattr("typer.prompt", asked)
    monkeypatch.setattr("golive.cli.unlocking._can_be_typed", lambda: True)
    with pytest.raises(BadInput) as refused:
        CliRunner().invoke(app, [*arguments, "--target", "bare"], catch_exceptions=False)
    return str(refused.value)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "command",
    [
        ("attest", "testing.disaster_recovery"), ("waive", "performance.resources"),
        ("sign", "--role", "product_owner"), ("enter", GREEN), ("reason", "smoke.kafka", "--run", RED),
        ("rehearse", "rollback", "--confirm", "r1"), ("verify", "--summary", "vsa.json"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_a_key_that_is_not_there_is_told_first(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    said = refusal(monkeypatch, *command, "--key", "absent.key")
    assert said == "absent.key: the key cannot be read: No such file or directory\n    try: golive key new"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("attest", "smoke.kafk"), "'smoke.kafk' is not an item of the checklist"),
        (("attest", "smoke.kafka", "--measured", "rto"), "--measured: 'rto' is no figure"),
        (("attest", "smoke.kafka", "--evidence", "absent.md"), "absent.md"),
        (("waive", "smoke.kafk"), "'smoke.kafk' is not an item of the checklist"),
        (("waive", "functional.caiso_blocked"), "functional.caiso_blocked cannot be waived"),
        (("waive", "--file", "absent.yaml"), "absent.yaml"),
        (("verify",), "--key: a key signs the file of --summary, and there is none\n    try: --summary FILE"),
        (("sign", "--role", "suite"), "--role: 'suite' is none of the four roles"),
        (("sign", "--role", "product_owner"), "there is no GO to sign"),
        (
            ("enter", GREEN[:-1]),
            f"unknown run {GREEN[:-1]!r}\n    try: one of: {GREEN}, {RED}",
        ),
        (("enter", RED), f"{RED} is in the ledger already"),
        (("reason", "smoke.kafk", "--run", RED), "'smoke.kafk' is not an item of the checklist"),
        (("reason", "smoke.kafka", "--run", GREEN), f"found a FAIL of smoke.kafka\n    try: those that did: {RED}; "),
        (("reason", "smoke.gateway", "--run", GREEN), f"\n    try: those that did: {RED}; golive explain"),
        (("reason", "smoke.health", "--run", RED), "found a FAIL of smoke.health\n    try: none did; golive explain"),
    ],
)
def test_what_can_be_known_without_a_passphrase_is_told_without_one(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], says: str
) -> None:
    assert says in refusal(monkeypatch, *command, "--key", "my.key")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "command",
    [
        ("explain",),
        ("attest", "--key", "my.key"),
        ("waive", "--key", "my.key"),
        ("reason", "--key", "my.key", "--run", RED),
    ],
    ids=lambda command: command[0],
)
def test_a_misspelled_item_needs_no_evidence_folder_to_be_told(command: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match=r"did you mean 'smoke\.kafka'\?"):
        CliRunner().invoke(app, [*command, "smoke.kafk", "--target", "lab"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("attest",), "nobody answered: item\n    try: ITEM gives"),
        (("attest", "smoke.kafka"), "nobody answered: what do you state\n    try: --statement gives"),
        (("waive", "performance.resources"), "nobody answered: release\n    try: --release gives"),
        (("reason", "smoke.kafka", "--run", RED), "nobody answered: why\n    try: --why gives"),
    ],
)
def test_whoever_cannot_answer_is_told_the_option(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], says: str
) -> None:
    monkeypatch.setenv("ANY_PASSPHRASE", PASSPHRASE.get_secret_value())
    with (project / "evidence" / "roles.toml").open("a", encoding="utf-8") as roles:
        key = keys.new(project / "lead.key", PASSPHRASE)
        roles.write(f'\n[[key]]\nrole = "engineering_lead"\nname = "Lead Two"\npublic = "{key}"\n')
    given = ["--key", "lead.key", "--target", "bare", "--passphrase-env", "ANY_PASSPHRASE"]
    with pytest.raises(BadInput) as refused:
        CliRunner().invoke(app, [*command, *given], input="", catch_exceptions=False)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("role", "command", "why"),
    [
        ("suite", ("enter", RED), "which signs the records of runs"),
        ("engineering_lead", ("reason", "smoke.kafka", "--run", RED), "whose smoke.kafka is"),
    ],
    ids=["enter", "reason"],
)
def test_a_role_without_a_key_is_told_before_whose_key_this_one_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, role: str, command: tuple[str, ...], why: str
) -> None:
    roles = project / "evidence" / "roles.toml"
    roles.write_text("\n\n".join(each for each in roles.read_text().split("\n\n") if f'"{role}"' not in each))
    if role == "suite":
        shutil.rmtree(project / "evidence" / "ledger")  # what it signed
    assert refusal(monkeypatch, *command, "--key", "my.key") == (
        f"evidence/roles.toml: binds no key to the {role.replace('_', ' ')}, {why}\n"
        f"    try: golive key new FILE --role {role} --name WHOSE prints a key's lines for it"
    )


def test_a_key_is_not_asked_about_where_its_file_is_taken(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.prompt", None)
    for file, says in (("my.key", "my.key: is there already"), ("no/k", "no/k: is in no folder that is there")):
        with pytest.raises(BadInput, match=says):
            CliRunner().invoke(app, ["key", "new", file], catch_exceptions=False)
    assert not (project / "no").exists()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "command",
    [("key", "new", "k.key"), ("attest", "smoke.kafka", "--key", "my.key", "--target", "bare")],
    ids=lambda command: command[0],
)
def test_without_a_terminal_one_line_says_how_a_passphrase_is_given(command: tuple[str, ...]) -> None:
    nobody: dict[str, Any] = {"stdin": subprocess.DEVNULL, "start_new_session": True}
    said = subprocess.run([GOLIVE, *command], capture_output=True, text=True, check=False, **nobody)
    assert (said.returncode, said.stdout, said.stderr) == (
        2, "",
        "golive: the key's passphrase is needed, and there is no terminal to type it at: "
        "--passphrase-env NAME names the environment variable that holds it\n",
    )  # fmt: skip


def test_what_is_typed_at_a_terminal_is_never_shown(project: Path) -> None:
    ours, theirs = pty.openpty()
    typed = PASSPHRASE.get_secret_value()
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [GOLIVE, "key", "new", "k.key"], stdin=theirs, stdout=pipe, stderr=pipe, start_new_session=True
    ) as asking:
        assert asking.stderr is not None
        guard = Timer(60, asking.kill)
        guard.start()
        for question in (b"passphrase (at least 12 characters): ", b"\nRepeat for confirmation: "):
            assert asking.stderr.read(len(question)) == question  # its last space comes once nothing is shown any more
            os.write(ours, f"{typed}\n".encode())
        out, err = asking.communicate()
        guard.cancel()
    assert (asking.returncode, typed in (out + err).decode()) == (0, False)
    assert keys.load(project / "k.key", PASSPHRASE)
    os.set_blocking(ours, False)
    with pytest.raises(BlockingIOError):
        os.read(ours, 1)  # no echo
    os.close(ours)
    os.close(theirs)
