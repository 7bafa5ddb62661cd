"""Planted secrets: none reaches any sink, in any encoding, with any flags; with the redactor off some do."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from pathlib import Path

import pytest

from selftests.project import FORMS, Project

PLANTED = 60
LEAKS = """
@pytest.mark.item("smoke.health")
def test_asserts(evidence):
    evidence.add(Seen())
    assert {"password": SECRETS} == {"password": []}

@pytest.mark.item("smoke.kafka")
def test_raises(evidence):
    dsn = "postgresql://app:%s@db/x" % SECRETS[0]
    raise errors.Unreachable("postgres", dsn, hint=SECRETS[1])

@pytest.mark.item("smoke.gateway")
def test_prints(evidence):
    for value in SECRETS:
        for form in forms(value):
            print(form); print(form, file=sys.stderr); logging.getLogger("x").warning("said %s", form)
    warnings.warn("warned of " + SECRETS[2])
    evidence.add(Seen(what=SECRETS[3], version=SECRETS[4]))
    assert not SECRETS

@pytest.mark.item("smoke.databases")
def test_locals(evidence):
    held = [form for value in SECRETS for form in forms(value)]
    raise KeyError(held[-1])

@pytest.fixture
def broken():
    yield
    raise RuntimeError("teardown with " + SECRETS[5])

@pytest.mark.item("smoke.object_storage")
def test_teardown(broken, evidence):
    evidence.add(Seen(what=" ".join(forms(SECRETS[6]))))
    assert Seen()
"""
FLAGS = {
    "plain": [],
    "four workers": ["-n", "4"],
    "locals and long tracebacks": ["-vv", "--showlocals", "--tb=long", "-rA"],
    "uncaptured": ["-s", "-p", "no:xdist"],
    "live and file logs": ["-o", "log_cli=true", "--log-level=DEBUG", "--log-file=run.log"],
    "pytest's own reports": ["--junitxml=own.xml", "--html=own.html"],
}


def plant(project: Project, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    extra = {f"GOLIVE_PLANTED_{n}": f'planted-{n:03d}-{n * 7919:x}-"<&>/ü' for n in range(PLANTED)}
    for name, value in extra.items():
        monkeypatch.setenv(name, value)
    personas = "".join(
        f'[identity.personas.others.p{n}]\nflow = "client_credentials"\nclient_id = "p{n}"\n'
        f'client_secret = {{ env = "GOLIVE_PLANTED_{n}" }}\n'
        for n in range(PLANTED)
    )
    project.target("planted", ("[identity.throw_away] ", personas + "[identity.throw_away] "))
    project.tests(leaks=FORMS + LEAKS)
    return [*extra.values(), *project.environment.values()]


def sinks(project: Project, out: str) -> dict[str, str]:
    files = [
        p
        for p in project.path.rglob("*")
        if p.is_file() and p.suffix in {".jsonl", ".json", ".xml", ".html", ".md", ".log"}
    ]
    files += [p for p in (project.path / ".pytest_cache").rglob("*") if p.is_file()]
    found = {str(p.relative_to(project.path)): p.read_text(encoding="utf-8", errors="replace") for p in files}
    return found | {"terminal": out}


def leaked(texts: dict[str, str], secrets: list[str]) -> list[tuple[str, str]]:
    hits = []
    for secret in secrets:
        raw = secret.encode()
        quoted, basic = urllib.parse.quote(secret, safe=""), base64.b64encode(b"user:" + raw).decode()[8:-4]
        forms = {secret, quoted, json.dumps(secret)[1:-1], raw.hex(), secret[:12], secret[-10:], basic}
        hits += [(sink, form) for sink, text in texts.items() for form in forms if form in text]
    return hits


@pytest.mark.parametrize("flags", FLAGS.values(), ids=list(FLAGS))
def test_no_planted_secret_reaches_a_sink(project: Project, monkeypatch: pytest.MonkeyPatch, flags: list[str]) -> None:
    secrets = plant(project, monkeypatch)
    assert len(secrets) >= PLANTED
    ran = project.run("-m", "smoke", *flags, target="planted")
    assert ran.status == 1
    texts = sinks(project, ran.out)
    assert {Path(name).name for name in texts} >= {
        "record.jsonl",
        "record.json",
        "junit.xml",
        "ctrf.json",
        "summary.md",
        "checklist.md",
        "report.html",
        "terminal",
    }
    assert leaked(texts, secrets) == []


def test_the_same_tests_leak_without_the_redactor(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = plant(project, monkeypatch)
    (project.path / "conftest.py").write_text(
        "import golive.redact\ngolive.redact.Redactor.__call__ = lambda self, text: text\n", encoding="utf-8"
    )
    ran = project.run("-m", "smoke", "--showlocals", target="planted")
    found = {sink.rsplit("/")[-1] for sink, _ in leaked(sinks(project, ran.out), secrets)}
    assert found >= {"record.jsonl", "record.json", "junit.xml", "ctrf.json", "summary.md", "report.html", "terminal"}


def test_a_test_id_with_a_secret_is_refused(project: Project) -> None:
    value = next(iter(project.environment.values()))
    project.tests(
        a='@pytest.mark.item("smoke.kafka")\n'
        f'@pytest.mark.parametrize("x", [1], ids=[{value!r}])\n'
        "def test_a(x, evidence): pass\n"
    )
    ran = project.run("-m", "smoke")
    assert ran.status == 4
    assert value not in ran.out


def test_scripts_in_names_messages_and_evidence_do_not_run(project: Project) -> None:
    payload = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    project.tests(
        a=f'@pytest.mark.item("smoke.kafka")\n@pytest.mark.parametrize("x", [{payload!r}])\n'
        f"def test_a(x, evidence):\n    evidence.add(Seen(what=x, version=x))\n    assert x == {payload!r} * 2, x\n"
    )
    ran = project.run("-m", "smoke")
    page = (Path(str(ran.folder)) / "report.html").read_text(encoding="utf-8")
    # The rows travel as JSON in an attribute; the page's script decodes it once and sets it as HTML.
    blob = page.split('data-jsonblob="', 1)[1].split('"', 1)[0]
    decoded = html.unescape(blob)
    assert "&lt;script&gt;alert" in decoded
    assert "<script>alert" not in decoded
    assert "<img src=x" not in decoded
