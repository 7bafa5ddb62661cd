"""What a run would do is told from the checklist, the tests' nouns and the target, and nothing beyond it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from golive import catalogue
from golive import checklist as checklists
from golive.checklist import Item
from golive.cli import app
from golive.cli.plan import show
from golive.errors import BadInput, BadInputs
from golive.expression import check_names, meant
from golive.fixtures import made_of, reached
from golive.fixtures.performance import planned_window
from golive.planning import Plan, Step, plan
from golive.target import Level
from golive.target.load import read
from golive.target.metrics import Requests
from golive_lab.systems import CLUSTER, services_of
from selftests.project import bare_target

ROOT = Path(__file__).parents[2]
CATALOGUE = catalogue.read(ROOT)
LAB = read(ROOT / "targets" / "lab.toml").target
SMOKE = meant(CATALOGUE.checklist, "smoke")
PERFORMANCE = meant(CATALOGUE.checklist, "performance")


def made(levels: set[Level], took: dict[str, float] | None = None, items: frozenset[str] = SMOKE) -> Plan:
    target = LAB.model_copy(update={"levels": frozenset(levels)})
    return plan(CATALOGUE, items, target, made_of, reached, {"window": 90.0}, took or {})


def test_every_item_beyond_observe_says_what_it_does_at_each_level() -> None:
    for item in CATALOGUE.checklist.items:
        assert item.does.keys() == (item.levels | item.optional) - {Level.OBSERVE}


def test_what_is_not_granted_is_neither_done_nor_reached() -> None:
    found = made({Level.OBSERVE})
    assert [step.item.id for step in found.steps if step.looks] == ["smoke.health"]
    assert found.systems == ["services"]
    assert all(step.does == {} for step in found.steps)
    refused = {step.item.id: step.refused for step in found.steps}
    assert refused["smoke.object_storage"] == (Level.PROBE, Level.CANARY)


def test_a_plan_covers_every_item_of_the_expression_and_each_system_its_nouns_reach() -> None:
    found = made(set(Level))
    assert [step.item.id for step in found.steps] == [i.id for i in CATALOGUE.checklist.items if i.id in SMOKE]
    systems = {step.item.id: step.systems for step in found.steps}
    assert systems["smoke.databases"] == {"postgres", "clickhouse"}
    assert systems["smoke.kafka"] == {"kafka"}


def test_smoke_starts_nothing_of_the_labs_cluster() -> None:
    started = set(services_of(frozenset(made(set(Level)).systems)))
    assert ("keycloak" in started, started & set(CLUSTER)) == (True, set())


def test_seconds_are_promised_only_where_every_item_has_been_seen() -> None:
    took = dict.fromkeys(SMOKE, 2.0)
    assert made(set(Level), took).lately == 12.0
    assert made(set(Level), {"smoke.kafka": 2.0}).lately is None
    assert made(set(Level), took).at_most == 6 * LAB.limits.item


def test_a_window_is_planned_once_with_all_that_it_touches() -> None:
    found = made(set(Level), items=PERFORMANCE)
    systems = {step.item.id: step.systems for step in found.steps}
    window = {"gateway", "identity", "kafka", "postgres", "clickhouse"}
    assert systems["performance.api_latency"] == window
    assert systems["performance.log_errors"] == {*window, "logs"}
    assert systems["performance.resources"] == {*window, "metrics"}
    assert found.at_most == 5 * LAB.limits.item + 90.0
    planned = planned_window(LAB, found.nouns)
    assert planned is not None
    assert (planned.loads, planned.seconds, planned.requests) == (True, 62.0, 1200)
    assert planned_window(LAB, made(set(Level)).nouns) is None


def test_a_window_where_load_is_not_granted_is_quiet() -> None:
    levels = frozenset(set(Level) - {Level.LOAD})
    found = made(set(levels), items=PERFORMANCE)
    looked_at = {step.item.id for step in found.steps if step.looks}
    assert looked_at == {f"performance.{name}" for name in ("log_errors", "resources", "database_queries")}
    planned = planned_window(LAB.model_copy(update={"levels": levels}), found.nouns)
    assert planned is not None
    assert (planned.loads, planned.seconds, planned.requests) == (False, 20.0, None)


def test_latency_by_counters_needs_no_load_and_reaches_the_metrics() -> None:
    assert LAB.metrics
    requests = Requests(endpoints={"latest prices": 'route="/latest"'}, block=1)
    counting = LAB.model_copy(update={"metrics": LAB.metrics.model_copy(update={"requests": requests})})
    observed = counting.model_copy(update={"levels": frozenset({Level.OBSERVE})})
    found = plan(CATALOGUE, PERFORMANCE, observed, made_of, reached, {}, {})
    steps = {step.item.id: step for step in found.steps}
    assert steps["performance.api_latency"].looks
    assert steps["performance.api_latency"].does == {}
    assert "metrics" in steps["performance.api_latency"].systems
    assert steps["performance.stream_latency"].refused == (Level.LOAD,)
    planned = planned_window(observed, found.nouns)
    assert planned is not None
    assert not planned.loads


def test_what_an_item_does_only_where_granted_keeps_it_from_nothing_elsewhere() -> None:
    def steps(levels: set[Level]) -> dict[str, Step]:
        return {step.item.id: step for step in made(levels, items=PERFORMANCE).steps}

    with_it = steps(set(Level))["performance.stream_latency"]
    without = steps(set(Level) - {Level.CANARY})["performance.stream_latency"]
    assert (set(with_it.does), with_it.forgone) == ({Level.CANARY, Level.LOAD}, ())
    assert (without.looks, set(without.does), without.forgone) == (True, {Level.LOAD}, (Level.CANARY,))


def test_an_item_that_hides_what_it_does_is_refused_with_its_place(tmp_path: Path) -> None:
    text = (ROOT / "checklist.toml").read_text(encoding="utf-8")
    path = tmp_path / "checklist.toml"
    path.write_text(text.replace('does.canary = "one message on', "# "), encoding="utf-8")
    with pytest.raises((BadInput, BadInputs), match=r"checklist\.toml:\d+: item\.smoke\.kafka.*does\.canary"):
        checklists.load(path)
    assert isinstance(CATALOGUE.checklist.by_id["smoke.kafka"], Item)


def test_a_misspelt_phase_is_refused() -> None:
    with pytest.raises(BadInput, match=r"(?s)no marker 'smok'.*did you mean 'smoke'"):
        check_names("smok", CATALOGUE.checklist.markers, "golive checklist")


def test_the_command_names_what_is_written_and_connects_to_nothing() -> None:
    golive = Path(sys.executable).with_name("golive")
    out = subprocess.run([golive, "plan", "-m", "smoke"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "writes  one message on the suite's own topic, deleted after  smoke.kafka" in out
    assert "6 of 6 items are looked at" in out
    refused = subprocess.run([golive, "plan", "-m", "smok"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, "did you mean 'smoke'?" in refused.stderr) == (2, True)


@pytest.mark.parametrize(("marker", "times"), [("smoke", 0), ("preflight", 0), ("postdeploy", 1)])
def test_a_run_that_asks_no_service_says_that_it_asks_for_their_builds(
    marker: str, times: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    show(marker, "lab", as_json=False)
    assert capsys.readouterr().out.count("their health before and after, for the builds that answer") == times


def test_levels_that_are_not_granted_are_told_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("checklist.toml", "tests_smoke", "proofs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "own.toml").write_text(
        bare_target()
        .replace('name = "bare"', 'name = "own"')
        .replace('levels = ["observe", "probe", "canary"]', 'levels = ["observe"]'),
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["plan", "-m", "smoke", "--target", "own"], catch_exceptions=False).output
    assert "smoke.gateway: level probe is not granted, so it is UNKNOWN" in said
    assert "smoke.object_storage: levels probe and canary are not granted, so it is UNKNOWN" in said
