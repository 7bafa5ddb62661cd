"""A deliberately broken suite: every way in which a test can go wrong, and what exactly must be said of it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from golive import checklist as checklists
from selftests.project import ROOT, Project

CASES = {
    "holds": ("evidence.add(Seen())\nassert Seen().what == 'something'", "PASS"),
    "does_not_hold": ("evidence.add(Seen())\nassert Seen().what == 'else'", "FAIL"),
    "fails_by_word": ("evidence.add(Seen())\npytest.fail('no')", "FAIL"),
    "client_error": ("raise errors.Unreachable('kafka', 'refused')", "UNKNOWN unreachable"),
    "client_error_in_a_group": (
        "raise ExceptionGroup('both', [ValueError('x'), errors.TlsFailed('kafka', 'no')])",
        "UNKNOWN tls",
    ),
    "client_error_as_cause": (
        "try:\n    raise errors.TimedOut('s3', 'late')\nexcept errors.TimedOut as e:\n    raise KeyError('x') from e",
        "UNKNOWN timeout",
    ),
    "client_error_only_in_context": (
        "try:\n    raise errors.TimedOut('s3', 'late')\nexcept errors.TimedOut:\n    raise KeyError('x')",
        "UNKNOWN suite_error",
    ),
    "assertion_in_a_group": (
        "evidence.add(Seen())\ntry:\n    assert Seen().what == 'else'\nexcept AssertionError as e:\n"
        "    raise ExceptionGroup('both', [errors.TlsFailed('kafka', 'no'), e])",
        "FAIL",
    ),
    "assertion_of_a_helper": ("import helper\nhelper.check()", "UNKNOWN suite_error"),
    "bug": ("{}['x']", "UNKNOWN suite_error"),
    "leaves_python": ("sys.exit(0)", "UNKNOWN suite_error"),
    "skipped": ("pytest.skip('not today')", "UNKNOWN not_run"),
    "expected_to_fail": ("pytest.xfail('known')", "UNKNOWN not_run"),
    "without_evidence": ("assert Seen()", "UNKNOWN no_evidence"),
    "asserts_nothing": ("evidence.add(Seen())\nfor x in []:\n    assert x", "UNKNOWN no_evidence"),
    "too_slow": ("evidence.add(Seen())\nassert Seen()\ntime.sleep(30)", "UNKNOWN timeout"),
    "swallows_its_deadline": (
        "evidence.add(Seen())\nassert Seen()\ntry:\n    time.sleep(30)\nexcept Exception:\n    pass",
        "UNKNOWN timeout",
    ),
    "swallows_everything": (
        "evidence.add(Seen())\nassert Seen()\ntry:\n    time.sleep(30)\nexcept BaseException:\n    pass",
        "UNKNOWN timeout",
    ),
    "evidence_that_is_no_fact": ("evidence.add({'a': 1})", "UNKNOWN suite_error"),
}

FIXTURE_CASES = """
@pytest.fixture
def cannot_reach():
    raise errors.CredentialsRefused("postgres", "password authentication failed")

@pytest.fixture
def leaves_residue():
    yield
    raise errors.ResidueLeft("object golive/x is still there")

@pytest.fixture
def breaks_down():
    yield
    {}["x"]

@pytest.fixture
def hangs_in_teardown():
    yield
    time.sleep(30)

@pytest.mark.item("{0}")
def test_setup_cannot_reach(cannot_reach, evidence): pass

@pytest.mark.item("{1}")
def test_teardown_leaves_residue(leaves_residue, evidence):
    evidence.add(Seen()); assert Seen()

@pytest.mark.item("{2}")
def test_teardown_breaks(breaks_down, evidence):
    evidence.add(Seen()); assert Seen()

@pytest.mark.item("{3}")
def test_fails_and_teardown_breaks(breaks_down, evidence):
    evidence.add(Seen()); assert Seen() is None

@pytest.mark.item("{4}")
def test_teardown_hangs(hangs_in_teardown, evidence):
    evidence.add(Seen()); assert Seen()

@pytest.mark.item("{5}")
def test_one_of_its_subtests_fails(subtests, evidence):
    evidence.add(Seen()); assert Seen()
    for number in range(3):
        with subtests.test(number=number):
            assert number != 1

@pytest.mark.item("{6}")
@pytest.mark.parametrize("number", [1, 2])
def test_one_of_its_parameters_fails(number, evidence):
    evidence.add(Seen()); assert number == 1
"""
FIXTURE_EXPECTED = [
    "UNKNOWN credentials", "FAIL", "UNKNOWN suite_error", "FAIL", "UNKNOWN timeout", "FAIL", "FAIL",
]  # fmt: skip

IDS = [item.id for item in checklists.load(ROOT / "checklist.toml").items if item.phase in {"t7d", "t48h"}]
EXPECTED = dict(zip(IDS, [*(expected for _, expected in CASES.values()), *FIXTURE_EXPECTED], strict=False))


def _numbered(text: str, identifiers: list[str]) -> str:
    for number, identifier in enumerate(identifiers):
        text = text.replace(f"{{{number}}}", identifier)
    return text


def write(project: Project) -> None:
    tests = []
    for (name, (body, _)), identifier in zip(CASES.items(), IDS, strict=False):
        head = f'@pytest.mark.item("{identifier}")\ndef test_{name}(evidence):\n    """X MUST hold.\n\n    Hint: look at x.\n    """\n'  # noqa: E501
        tests.append(head + textwrap.indent(body, "    ") + "\n")
    project.tests("tests_preflight", cases="\n".join(tests))
    project.tests("tests_preflight", fixtures=_numbered(FIXTURE_CASES, IDS[len(CASES) :]))
    (project.path / "helper.py").write_text("def check():\n    assert 1 == 2\n", encoding="utf-8")
    project.target("short", ("item = 60 ", "item = 3 "), ('"canary"]', '"canary", "load", "disrupt"]'))


@pytest.mark.parametrize(
    "arguments",
    [["-p", "no:xdist"], ["-n", "4"], ["-p", "randomly", "-p", "no:xdist"]],
    ids=["one process", "four workers", "random order"],
)
def test_every_way_to_go_wrong_is_called_what_it_is(project: Project, arguments: list[str]) -> None:
    write(project)
    ran = project.run("-m", "t7d or t48h", *arguments, target="short")
    implemented = {item: headline for item, headline in ran.headlines.items() if item in EXPECTED}
    assert implemented == EXPECTED
    assert ran.status == 1
    assert "t7d: NO-GO" in ran.out


def test_a_lost_worker_is_unknown_for_what_it_held(project: Project) -> None:
    good = "    evidence.add(Seen()); assert Seen()\n"
    project.tests(
        a='@pytest.mark.item("smoke.kafka")\ndef test_a(evidence):\n    os.kill(os.getpid(), signal.SIGKILL)\n',
        b='@pytest.mark.item("smoke.health")\ndef test_b(evidence):\n' + good,
    )
    ran = project.run("-m", "smoke", "-n", "2", "--max-worker-restart=0")
    assert ran.headlines["smoke.kafka"] == "UNKNOWN worker_lost"
    assert ran.headlines["smoke.health"] in {"PASS", "UNKNOWN not_run"}
    assert ran.status != 0
    page = (Path(str(ran.folder)) / "report.html").read_text(encoding="utf-8")
    assert "worker_lost" in page


def test_a_teardown_that_hangs_spoils_only_its_own_item(project: Project) -> None:
    project.tests(
        a="@pytest.fixture\ndef hangs():\n    yield\n    time.sleep(30)\n\n"
        '@pytest.mark.item("smoke.health")\ndef test_a(hangs, evidence):\n    evidence.add(Seen()); assert Seen()\n',
        b='@pytest.mark.item("smoke.kafka")\ndef test_b(evidence):\n    evidence.add(Seen()); assert Seen()\n',
    )
    project.target("short", ("item = 60 ", "item = 2 "))
    ran = project.run("-m", "smoke", target="short")
    assert ran.headlines["smoke.health"] == "UNKNOWN timeout"
    assert ran.headlines["smoke.kafka"] == "PASS"


def test_evidence_hint_and_versions_reach_the_finding(project: Project) -> None:
    project.tests(
        a='@pytest.mark.item("smoke.kafka")\ndef test_a(evidence):\n'
        '    """It MUST.\n\n    Hint: ask\n    twice.\n    """\n'
        "    evidence.add(Seen(what='gateway', version='r7'))\n    assert Seen().version == 'r7'\n"
    )
    finding = project.run("-m", "smoke").finding("smoke.kafka")
    assert (finding["must"], finding["hint"]) == ("It MUST.", "ask twice.")
    assert finding["evidence"] == [{"subject": "Seen", "fields": {"what": "gateway", "version": "r7"}}]
    assert finding["versions"] == {"Seen": "r7"}
    assert "'' == 'r7'" in finding["message"]
