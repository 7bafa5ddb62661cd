"""Waivers in a run: GO WITH WAIVERS said aloud in every place, and a wrong one stops the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from selftests.people import People, stamp
from selftests.project import Project

TESTS = """
@pytest.mark.item("preflight.team_on_standby")
def test_team(evidence):
    evidence.add(Seen())
    assert "two on call" == "three on call"

@pytest.mark.item("preflight.code_freeze")
def test_freeze(evidence):
    evidence.add(Seen())
    assert Seen()
"""


@pytest.fixture
def people(project: Project) -> People:
    project.tests("tests_preflight", people=TESTS)
    project.target(
        "bare2", ("[cluster] ", '[evidence]\nfolder = "evidence"\nroles = "evidence/roles.toml"\n[cluster] ')
    )
    return People(project.path / "evidence")


def waive(people: People, item: str, /, **changes: str) -> None:
    now = datetime.now(UTC)
    times = {"created": stamp(now - timedelta(hours=1)), "until": stamp(now + timedelta(hours=1))}
    people.waiver(item, **{"item": item, "target": "bare2", "why": "the third joins by telephone", **times, **changes})


def test_go_with_waivers_is_said_aloud(project: Project, people: People) -> None:
    for item in ("team_on_standby", "rollback_plan_reviewed", "change_request"):
        waive(people, f"preflight.{item}")
    now = datetime.now(UTC)
    waive(people, "smoke.health")
    waive(people, "smoke.kafka", created=stamp(now - timedelta(days=2)), until=stamp(now - timedelta(days=1)))
    waive(people, "preflight.code_freeze")
    ran = project.run("-m", "preflight", target="bare2")
    assert ran.headlines["preflight.team_on_standby"] == "WAIVED"
    assert ran.headlines["preflight.database_backup"] == "UNKNOWN not_implemented"
    assert "two on call" in ran.finding("preflight.team_on_standby")["message"]
    standings = {waiver["item"]: waiver["standing"] for waiver in ran.record["waivers"]}
    assert standings == {
        "preflight.team_on_standby": "used", "preflight.rollback_plan_reviewed": "used",
        "preflight.change_request": "used", "smoke.health": "unused", "smoke.kafka": "expired",
        "preflight.code_freeze": "no longer needed",
    }  # fmt: skip
    assert "waiver of smoke.kafka: expired" in ran.out
    assert set(ran.record["digests"]["waivers"]) == {f"{item}.yaml" for item in standings}


def test_go_with_waivers_in_every_report(project: Project, people: People) -> None:
    checklist = project.path / "checklist.toml"
    text = checklist.read_text()
    head, _, rest = text.partition('[item."preflight.database_backup"]')
    checklist.write_text(head + rest[rest.index("[item.") :])
    for item in ("team_on_standby", "rollback_plan_reviewed", "change_request"):
        waive(people, f"preflight.{item}")
    ran = project.run("-m", "preflight", target="bare2")
    assert ran.status == 0
    assert "preflight: GO WITH WAIVERS (4 of 4)" in ran.out
    assert ran.folder is not None
    for name in ("decision.html", "summary.md"):
        page = (ran.folder / name).read_text()
        assert "GO WITH WAIVERS" in page
        assert "two on call" in page
        assert "Manager Four" in page


def test_a_wrong_waiver_stops_the_run_by_file_and_line(project: Project, people: People) -> None:
    waive(people, "preflight.team_on_standby", item="preflight.team_on_standbye")
    ran = project.run("-m", "preflight", target="bare2")
    assert (ran.status, ran.folder) == (4, None)
    assert "preflight.team_on_standby.yaml:1: item: is not an item of the checklist" in ran.out
    assert "did you mean 'preflight.team_on_standby'?" in ran.out
