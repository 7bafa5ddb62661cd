"""What changed between two runs is told by outcome and reason, and red to green on one release is never quiet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from golive.evidence.difference import difference
from golive.evidence.record import Record
from selftests.unit.test_texts import finding, record

GOLIVE = Path(sys.executable).with_name("golive")

BEFORE = record(
    finding("smoke.health", "PASS"),
    finding("smoke.kafka", "FAIL", None, "one partition is offline"),
    finding("smoke.gateway", "UNKNOWN", "timeout"),
    finding("smoke.databases", "PASS"),
    finding("smoke.authentication", "PASS"),
)
AFTER = record(
    finding("smoke.health", "FAIL", None, "late"),
    finding("smoke.kafka", "PASS"),
    finding("smoke.gateway", "UNKNOWN", "unreachable"),
    finding("smoke.databases", "PASS"),
    finding("smoke.object_storage", "PASS"),
)


def other_build(of: Record) -> Record:
    return of.model_copy(update={"identity": of.identity.model_copy(update={"builds": {"gateway": "2"}})})


def test_each_item_is_better_worse_changed_or_of_one_run_only() -> None:
    found = difference(BEFORE, AFTER)
    assert {change.item: (change.kind, change.words) for change in found.changes} == {
        "smoke.health": ("worse", "PASS -> FAIL"),
        "smoke.kafka": ("better", "FAIL -> PASS"),
        "smoke.gateway": ("changed", "UNKNOWN timeout -> UNKNOWN unreachable"),
        "smoke.authentication": ("only before", "PASS -> not looked at"),
        "smoke.object_storage": ("only after", "not looked at -> PASS"),
    }
    assert found.same == 1
    assert difference(BEFORE, BEFORE).changes == ()


def test_red_to_green_is_named_where_nothing_else_changed() -> None:
    assert [change.item for change in difference(BEFORE, AFTER).red_to_green] == ["smoke.kafka"]
    rebuilt = difference(BEFORE, other_build(AFTER))
    assert rebuilt.identity == {"build of gateway": ("", "2")}
    assert rebuilt.red_to_green == ()


def test_the_command_exits_1_where_an_item_got_worse_and_2_for_no_run(tmp_path: Path) -> None:
    (tmp_path / "checklist.toml").touch()
    for name, each in (("one", BEFORE), ("two", AFTER)):
        folder = tmp_path / "reports" / name
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(each.model_dump_json(), encoding="utf-8")

    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([GOLIVE, "diff", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    worse = ran("one", "two")
    assert worse.returncode == 1
    assert "worse        smoke.health  PASS -> FAIL" in worse.stdout
    assert "smoke.kafka went from FAIL to PASS on an unchanged release" in worse.stdout
    same = ran("one", "one")
    assert (same.returncode, "nothing changed, 5 as before" in same.stdout) == (0, True)
    unknown = ran("three", "two")
    assert (unknown.returncode, "one of: two, one" in unknown.stderr) == (2, True)
    (tmp_path / "reports" / "two" / "record.json").write_text("{}", encoding="utf-8")
    assert "is no run record" in ran("one", "two").stderr
