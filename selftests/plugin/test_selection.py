"""What a run must decide comes from the checklist; nothing that a user types can shrink it, or make silence a GO."""

from __future__ import annotations

import pytest

from golive import checklist as checklists
from golive.plugin import selection
from selftests.project import ROOT, Project

SMOKE = ["health", "authentication", "gateway", "databases", "kafka", "object_storage"]
ALL = "".join(
    f'@pytest.mark.item("smoke.{name}")\ndef test_{name}(evidence):\n    evidence.add(Seen()); assert Seen()\n'
    for name in SMOKE
)


def test_all_six_and_only_all_six_are_go(project: Project) -> None:
    project.tests(all=ALL)
    ran = project.run("-m", "smoke")
    assert ran.headlines == {f"smoke.{name}": "PASS" for name in SMOKE}
    assert (ran.status, "smoke: GO (6 of 6)" in ran.out) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-m", "smoke", "-k", "kafka"],
        ["-m", "smoke", "-k", "nothing_of_that_name"],
        ["-m", "smoke", "tests_smoke/test_all.py::test_kafka"],
        ["-m", "smoke", "--deselect=tests_smoke/test_all.py::test_kafka"],
        ["tests_smoke/test_all.py::test_kafka"],
        ["-k", "nothing_of_that_name"],
        ["-m", "t7d"],
        ["-m", "smoke", "--setup-plan"],
        ["-m", "smoke", "--setup-only"],
        ["-m", "not smoke"],
        ["-m", "smoke or t7d"],
        ["-m", "smoke", "-n", "2", "-k", "kafka"],
    ],
    ids=" ".join,
)
def test_less_than_the_required_set_is_incomplete(project: Project, arguments: list[str]) -> None:
    project.tests(all=ALL)
    ran = project.run(*arguments)
    assert ran.status == 2
    assert ran.record["decision"]["verdict"] == "INCOMPLETE"


@pytest.mark.parametrize(
    ("below", "arguments", "next_step"),
    [("docs", [], "run from "), (".", ["docs"], "name no paths on the command line")],
    ids=["from another folder", "with another folder's path"],
)
def test_a_test_that_was_not_collected_is_not_called_missing(
    project: Project, monkeypatch: pytest.MonkeyPatch, below: str, arguments: list[str], next_step: str
) -> None:
    project.tests(all=ALL.replace('@pytest.mark.item("smoke.health")', "\n"))  # health has no test: an orphan, unread
    (project.path / "docs").mkdir()
    monkeypatch.chdir(project.path / below)
    ran = project.run("-m", "smoke", *arguments)
    assert ran.status == 2
    assert ran.headlines == {
        f"smoke.{name}": "UNKNOWN not_implemented" if name == "health" else "UNKNOWN not_run" for name in SMOKE
    }
    assert "tests_smoke/test_all.py:" in ran.finding("smoke.kafka")["message"]
    assert "not_run: 5 required items have a test that this run did not collect:" in ran.out
    assert f"next: {next_step}" in ran.out
    assert str(project.path) in ran.out


def test_an_item_is_not_called_untested_while_a_test_file_cannot_be_read(project: Project) -> None:
    project.tests(all=ALL, broken="def (\n")
    (project.path / "docs").mkdir()
    ran = project.run("-m", "smoke", "docs")
    assert (ran.status, set(ran.headlines.values())) == (2, {"UNKNOWN not_run"})
    assert "test_broken.py:11: is not Python" in ran.finding("smoke.kafka")["message"]


def test_stopping_early_is_incomplete_or_worse(project: Project) -> None:
    project.tests(
        all='@pytest.mark.item("smoke.health")\ndef test_x(evidence):\n    raise errors.Unreachable("a", "b")\n'
    )
    ran = project.run("-m", "smoke", "-x")
    assert (ran.status, ran.headlines["smoke.health"]) == (2, "UNKNOWN unreachable")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-m", "smok", "-n", "2"], "there is no marker 'smok'"),
        (["-m", "smok"], "there is no marker 'smok'\n    try: did you mean 'smoke'?"),
        (["-m", "not smok"], "there is no marker 'smok'"),
        (["-m", "smoke and"], "-m 'smoke and'"),
        (["--target=nowhere"], "unknown target 'nowhere'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_typo_is_a_usage_error(project: Project, arguments: list[str], says: str) -> None:
    project.tests(all=ALL)
    ran = project.run(*arguments)
    assert (ran.status, ran.folder) == (4, None)
    assert says in ran.out


WRONG_CLAIMS = {
    "orphan": ("def test_x(evidence): pass\n", "test_wrong.py:11: test_x: claims no item"),
    "unknown id": (
        '@pytest.mark.item("smoke.kafak")\ndef test_x(evidence): pass\n',
        "did you mean 'smoke.kafka'?",
    ),
    "doubly claimed": (
        '@pytest.mark.item("smoke.kafka")\ndef test_x(evidence): pass\n',
        "which tests_smoke/test_all.py::test_kafka claims",
    ),
    "wrong folder": (
        '@pytest.mark.item("infrastructure.dns")\ndef test_x(evidence): pass\n',
        "is of phase t7d, whose tests are in tests_preflight/ (this one is in tests_smoke/)\n"
        "    try: move the test to tests_preflight/",
    ),
    "wrong phase marker": (
        '@pytest.mark.functional\n@pytest.mark.item("smoke.health")\ndef test_x(evidence): pass\n',
        "belongs to smoke, not to functional",
    ),
    "no id": ("@pytest.mark.item()\ndef test_x(evidence): pass\n", "must claim exactly one item"),
}


@pytest.mark.parametrize("extra", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_an_orphan_stops_the_run(project: Project, extra: list[str]) -> None:
    project.tests(all=ALL, wrong=WRONG_CLAIMS["orphan"][0])
    ran = project.run("-m", "smoke", *extra)
    assert (ran.status, ran.folder) == (4, None)
    assert WRONG_CLAIMS["orphan"][1] in ran.out


@pytest.mark.parametrize("case", [name for name in WRONG_CLAIMS if name != "orphan"])
def test_wrong_claims_stop_the_run_with_file_and_line(project: Project, case: str) -> None:
    body, says = WRONG_CLAIMS[case]
    health, others = ALL.split("\n@pytest.mark.item", 1)[0], ALL[ALL.index('@pytest.mark.item("smoke.auth') :]
    project.tests(all=others if "smoke.health" in body else health + "\n" + others, wrong=body)
    ran = project.run("-m", "smoke")
    assert ran.status == 4
    assert says in ran.out


def test_a_test_file_that_cannot_be_imported_is_never_a_go(project: Project) -> None:
    project.tests(all=ALL, broken="import nothing_of_that_name\n")
    for extra in ([], ["-n", "2"]):
        assert project.run("-m", "smoke", *extra).status not in {0, 5}


def test_collect_only_decides_nothing_and_needs_no_secrets(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOLIVE_KAFKA_PASSWORD")
    project.tests(all=ALL)
    ran = project.run("-m", "smoke", "--collect-only", "-q")
    assert (ran.status, ran.folder) == (0, None)


def test_a_missing_secret_stops_the_run_before_anything_starts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOLIVE_KAFKA_PASSWORD")
    project.tests(all=ALL)
    ran = project.run("-m", "smoke")
    assert (ran.status, ran.folder) == (4, None)
    assert "kafka.password: environment variable GOLIVE_KAFKA_PASSWORD is not set or empty" in ran.out


def test_a_level_that_is_not_granted_is_unknown(project: Project) -> None:
    project.tests(all=ALL)
    project.target("careful", ('levels = ["observe", "probe", "canary"]', 'levels = ["observe"]'))
    ran = project.run("-m", "smoke", target="careful")
    refused = {"authentication", "gateway", "databases", "kafka", "object_storage"}
    assert ran.headlines == {
        f"smoke.{name}": "UNKNOWN level_not_granted" if name in refused else "PASS" for name in SMOKE
    }
    assert ran.status == 2


def test_not_applicable_counts_where_it_is_allowed_and_is_refused_elsewhere(project: Project) -> None:
    project.tests("tests_preflight", cdn='@pytest.mark.item("infrastructure.cdn")\ndef test_x(evidence): {}["x"]\n')
    declared = ("[cluster] ", '[not_applicable."infrastructure.cdn"]\nreason = "there is no CDN here"\n[cluster] ')
    project.target("without", declared)
    ran = project.run("-m", "infrastructure", target="without")
    assert ran.headlines["infrastructure.cdn"] == "NOT APPLICABLE"
    assert ran.finding("infrastructure.cdn")["message"] == "there is no CDN here"
    project.target("cheating", (declared[0], declared[1].replace("infrastructure.cdn", "smoke.kafka")))
    cheated = project.run("-m", "smoke", target="cheating")
    assert cheated.status == 4
    assert "'smoke.kafka' may not be declared NOT APPLICABLE" in cheated.out


def test_what_was_seen_may_show_that_an_item_does_not_apply_where_it_is_allowed(project: Project) -> None:
    seen = 'def test_x(evidence): evidence.add(Seen()); raise errors.NotApplicable("nothing of the kind was seen")\n'
    project.tests("tests_preflight", cdn=f'@pytest.mark.item("infrastructure.cdn")\n{seen}')
    project.tests("tests_preflight", dns=f'@pytest.mark.item("infrastructure.dns")\n{seen}')
    ran = project.run("-m", "infrastructure")
    assert ran.headlines["infrastructure.cdn"] == "NOT APPLICABLE"
    assert ran.headlines["infrastructure.dns"] == "UNKNOWN suite_error"
    assert ran.finding("infrastructure.cdn")["evidence"][0]["fields"]["what"] == "something"


@pytest.mark.parametrize("arguments", [["-m", "smoke"], ["-m", "not t7d or smoke"], ["--release=r1"]], ids=" ".join)
def test_a_checklist_run_without_a_checklist_says_so(pytester: pytest.Pytester, arguments: list[str]) -> None:
    result = pytester.runpytest_subprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*sets no golive_checklist", "*try: run golive inside the folder of your checklist*"])


def test_another_projects_own_marker_of_a_phases_name_is_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nmarkers = ["smoke: ours"]\n')
    pytester.makepyfile("import pytest\n@pytest.mark.smoke\ndef test_x(): pass\n")
    assert pytester.runpytest_subprocess("-m", "smoke").ret == 0


def test_the_phases_that_are_known_without_a_checklist_are_its_own() -> None:
    phases = checklists.load(ROOT / "checklist.toml").phase_by_name
    assert phases.keys() == selection.PHASES


def test_without_a_checklist_the_plugin_is_inert(project: Project) -> None:
    (project.path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    (project.path / "test_plain.py").write_text("def test_x(): pass\n", encoding="utf-8")
    result = project.pytester.runpytest_subprocess("test_plain.py")
    assert result.ret == 0
    assert "golive:" not in result.stdout.str() + result.stderr.str()
    assert not (project.path / "reports").exists()


def test_an_option_that_is_misspelled_is_refused_with_the_one_that_was_meant(project: Project) -> None:
    project.tests(all=ALL)
    ran = project.run("-m", "smoke", "--relase=r1", "--xyz", "--maxfial=1")
    assert (ran.status, ran.folder) == (4, None)
    assert "unrecognized arguments: --relase=r1 --xyz --maxfial=1" in ran.out
    assert "  try: --release, --maxfail\n" in ran.out


def test_what_no_option_is_spelled_like_is_refused_without_a_guess(project: Project) -> None:
    ran = project.run("-m", "smoke", "--xyz")
    assert (ran.status, "try:" in ran.out) == (4, False)
