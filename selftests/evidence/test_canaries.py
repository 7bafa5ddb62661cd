"""Planted secrets in what people state and in what runs find: none reaches ledger, statements, pages or terminal."""

from __future__ import annotations

import base64
import contextlib
import html
import io
import json
import urllib.parse
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from golive.cli import main
from golive.evidence import keys
from golive.evidence.roles import OWNERS
from selftests.people import People, stamp
from selftests.project import FORMS, Project

PLANTED = 60
PASSPHRASE = "a passphrase of some length"
TESTS = """
@pytest.mark.item("smoke.kafka")
def test_kafka(evidence):
    evidence.add(Seen(what=" ".join(form for value in SECRETS for form in forms(value)), version=SECRETS[0]))
    assert not SECRETS

@pytest.mark.item("smoke.gateway")
def test_gateway(evidence):
    raise errors.Unreachable("gateway", " ".join(form for value in SECRETS for form in forms(value)), hint=SECRETS[1])
"""


def leaked(texts: dict[str, str], secrets: list[str]) -> list[tuple[str, str]]:
    hits = []
    for secret in secrets:
        raw = secret.encode()
        basic = base64.b64encode(b"user:" + raw).decode()[8:-4]
        forms = {
            secret, urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1], raw.hex(), secret[:12], secret[-10:],
            basic, html.escape(secret),
        }  # fmt: skip
        hits += [(sink, form) for sink, text in texts.items() for form in forms if form in text]
    return hits


def texts_of(folder: Path) -> dict[str, str]:
    """Every file below, and what its base64 holds."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found[str(path.relative_to(folder))] = text
            if path.suffix == ".json" and "ledger" in path.parts:
                found[f"{path.name}, decoded"] = _decoded(json.loads(text))
    return found


def _decoded(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(map(_decoded, value.values()))
    if isinstance(value, list):
        return "\n".join(map(_decoded, value))
    with contextlib.suppress(ValueError):
        return base64.b64decode(str(value), validate=True).decode("utf-8", "replace")
    return str(value)


class Told:
    """The project, its planted secrets, and all that golive said in it."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project, self.monkeypatch = project, monkeypatch
        extra = {f"GOLIVE_PLANTED_{n}": f'planted-{n:03d}-{n * 7919:x}-"<&>/ü' for n in range(PLANTED)}
        for name, value in extra.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PASSPHRASE", PASSPHRASE)
        personas = "".join(
            f'[identity.personas.others.p{n}]\nflow = "client_credentials"\nclient_id = "p{n}"\n'
            f'client_secret = {{ env = "GOLIVE_PLANTED_{n}" }}\n'
            for n in range(PLANTED)
        )
        table = '[evidence]\nfolder = "evidence"\nroles = "evidence/roles.toml"\n[cluster] '
        project.target(
            "planted", ("[identity.throw_away] ", personas + "[identity.throw_away] "), ("[cluster] ", table)
        )
        project.tests(leaks=FORMS + TESTS)
        self.planted = list(extra.values())
        self.secrets = [*self.planted, *project.environment.values(), PASSPHRASE]
        self.people = People(project.path / "evidence")
        self.said = ""

    def golive(self, *arguments: str) -> int:
        """Run the command as its own process would, and keep what it says."""
        out = io.StringIO()
        self.monkeypatch.setattr("sys.argv", ["golive", *arguments])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as ended:
            main()
        self.said += out.getvalue()
        return int(ended.value.code or 0)


@pytest.fixture
def told(project: Project, monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(project, monkeypatch)


def everything(told: Told) -> dict[str, str]:
    """A run with a waiver that holds secrets, the ledger, every command; all texts that came of it."""
    now = datetime.now(UTC)
    times = {"created": stamp(now - timedelta(hours=1)), "until": stamp(now + timedelta(hours=1))}
    for item, secret in (("smoke.gateway", told.planted[2]), ("smoke.health", told.planted[3])):
        told.people.waiver(item, item=item, target="planted", why=f"it says {secret} today", ticket=secret, **times)
    before = {path.name for path in told.people.folder.rglob("*.yaml*")}
    ran = told.project.run("-m", "smoke", target="planted")
    key = told.project.path / "suite.key"
    public = keys.new(key, SecretStr(PASSPHRASE))
    told.people.bind(f'\n[[key]]\nrole = "suite"\nname = "CI two"\npublic = "{public}"\n')
    common = ["--target", "planted", "--release", "r1"]
    told.golive("enter", "latest", "--key", str(key), "--passphrase-env", "PASSPHRASE", *common)
    told.golive("ledger", "r1", "--target", "planted")
    for item in ("smoke.kafka", "smoke.gateway"):
        told.golive("explain", item, *common)
    page, summary = str(told.project.path / "page.html"), str(told.project.path / "summary.json")
    assert told.golive("decide", "--gate", "deployed", "--page", page, *common) == 10
    assert told.golive("verify", "--gate", "deployed", "--summary", summary, *common) == 10
    texts = texts_of(told.project.path) | {"terminal": ran.out, "commands": told.said}
    ours = {name: text for name, text in texts.items() if Path(name).name not in before | {"test_leaks.py"}}
    assert {"page.html", "summary.json"} <= ours.keys()
    assert any(name.endswith(", decoded") for name in ours)
    return ours


def test_no_planted_secret_reaches_ledger_pages_or_terminal(told: Told) -> None:
    assert len(told.secrets) >= PLANTED
    texts = everything(told)
    found = leaked(texts, told.secrets)
    print(f"{len(told.secrets)} secrets x 8 forms x {len(texts)} sinks: {len(found)} found")
    assert found == []


def test_the_same_leaks_without_the_redactor(told: Told) -> None:
    (told.project.path / "conftest.py").write_text(
        "import golive.redact\ngolive.redact.Redactor.__call__ = lambda self, text: text\n", encoding="utf-8"
    )
    found = {sink.rsplit("/")[-1] for sink, _ in leaked(everything(told), told.secrets)}
    assert any(name.endswith(", decoded") for name in found)
    assert found >= {"record.json", "page.html", "commands"}


def test_a_secret_is_neither_stated_nor_signed(told: Told) -> None:
    key = told.project.path / "m.key"
    public = keys.new(key, SecretStr(PASSPHRASE))
    told.people.bind(f'\n[[key]]\nrole = "operations_manager"\nname = "M two"\npublic = "{public}"\n')
    by = ["--target", "planted", "--release", "r1", "--key", str(key), "--passphrase-env", "PASSPHRASE"]
    secret = told.planted[5]
    assert told.golive("attest", "postdeploy.support_briefed", "--statement", f"the word is {secret}", *by) == 2
    why = ["--why", f"the word is {secret}", "--author", "X", "--ticket", "T"]
    assert told.golive("waive", "performance.resources", *why, *by) == 2
    assert told.golive("reason", "data.quality", "--run", "r", "--why", f"the word is {secret}", *by) == 2
    assert told.said.count("holds a secret of the target") == 3
    assert leaked({"said": told.said, **texts_of(told.people.folder)}, told.secrets) == []
    assert set(OWNERS) <= told.people.signers.keys()
