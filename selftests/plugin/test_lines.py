"""What a terminal shows while a run goes on: one line an item under its phase, and no letters of pytest's."""

from __future__ import annotations

import re

import pytest

from selftests.plugin.test_report import SMOKE, suite_of
from selftests.project import Project

LINE = re.compile(r"(?m)^  (PASS|FAIL) +(smoke\.\w+) ")


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_each_item_has_its_line_and_what_stands_against_go_comes_last(project: Project, workers: list[str]) -> None:
    project.tests(all=suite_of(*(f"smoke.{name}" for name in SMOKE), failing="smoke.kafka"))
    out = project.run("-m", "smoke", *workers).out
    during, after = out.split("= golive: ")
    assert during.count("T+15 minutes · smoke") == 1
    lines = LINE.findall(during)
    assert sorted(lines) == sorted(("FAIL" if n == "kafka" else "PASS", f"smoke.{n}") for n in SMOKE)
    assert LINE.findall(after) == [("FAIL", "smoke.kafka")]
    assert "tests_smoke/test_all.py ." not in out
    assert "[100%]" not in out


def test_quiet_says_only_what_is_decided_and_what_stands_against_it(project: Project) -> None:
    project.tests(all=suite_of(*(f"smoke.{name}" for name in SMOKE), failing="smoke.kafka"))
    out = project.run("-m", "smoke", "-q", "--tb=no").out
    assert set(LINE.findall(out)) == {("FAIL", "smoke.kafka")}
    assert "smoke: NO-GO (5 of 6; 1 FAIL)" in out


def test_verbose_is_pytests_own_and_every_item_follows(project: Project) -> None:
    project.tests(all=suite_of(*(f"smoke.{name}" for name in SMOKE)))
    during, after = project.run("-m", "smoke", "-v").out.split("= golive: ")
    assert "tests_smoke/test_all.py::test_smoke_kafka PASSED" in during
    assert len(set(LINE.findall(after))) == len(SMOKE)


def test_a_test_that_is_no_item_keeps_its_letter(project: Project) -> None:
    project.tests(all=suite_of("smoke.kafka"))
    (project.path / "test_other.py").write_text("def test_it(): pass\n", encoding="utf-8")
    out = project.run("test_other.py").out
    assert re.search(r"(?m)^test_other\.py \. +\[100%\]$", out)
