"""The score of mutants: what counts as noticed, and what is never a good score."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from selftests.generated import with_between
from selftests.mutation import (
    AREAS,
    BEGIN,
    END,
    ROOT,
    Score,
    areas,
    finished,
    forget_data,
    found,
    renewed,
    score,
    scores,
    table,
    written,
)


def test_a_mutant_that_no_test_reaches_has_survived_and_one_out_of_time_has_not() -> None:
    statuses = ["killed"] * 7 + ["timeout"] * 2 + ["survived"] * 2 + ["no tests"] + ["segfault", "not checked"]
    assert score("x", statuses) == Score("x", killed=9, timed_out=2, survived=3, undecided=2)
    assert score("x", statuses).share == 0.75
    assert score("x", ["not checked"]).share == 0.0


@pytest.mark.parametrize(
    ("killed", "survived", "undecided", "enough"),
    [(90, 10, 0, True), (89, 11, 0, False), (99, 0, 1, True), (98, 0, 2, False), (0, 0, 0, False)],
)
def test_nine_in_ten_are_enough_where_nearly_all_are_decided(
    killed: int,
    survived: int,
    undecided: int,
    enough: bool,
) -> None:
    assert Score("x", killed, 0, survived, undecided).enough is enough


def test_areas_are_the_sums_of_their_modules_and_packages() -> None:
    modules = scores(
        [("golive.stats.rates", "killed"), ("golive.decision", "survived"), ("golive.decisions", "killed"),
         ("golive.stats.looks", "timeout"), ("golive.stats.rates", "no tests")]
    )  # fmt: skip
    assert modules == [
        Score("golive.decision", 0, 0, 1, 0), Score("golive.decisions", 1, 0, 0, 0),
        Score("golive.stats.looks", 1, 1, 0, 0), Score("golive.stats.rates", 1, 0, 1, 0),
    ]  # fmt: skip
    assert areas(modules) == [Score("decision", 0, 0, 1, 0), Score("statistics", 2, 1, 1, 0)]
    assert set(AREAS.values()) == {"decision", "evidence", "redaction", "statistics"}


def test_a_row_is_replaced_by_a_run_of_its_module_alone() -> None:
    mutants = [("golive.redact", "killed"), ("golive.decision", "killed"), ("golive.decision", "not checked")]
    assert finished(mutants) == [("golive.redact", "killed")]
    old = [Score("golive.decision", 9, 2, 1, 0), Score("golive.redact", 3, 0, 1, 1), Score("golive.gone", 1, 0, 0, 0)]
    assert written(with_between(f"{BEGIN}\n{END}", BEGIN, END, table(old))) == old
    assert renewed(old, scores(finished(mutants))) == [
        Score("golive.decision", 9, 2, 1, 0), Score("golive.redact", 1, 0, 0, 0)
    ]  # fmt: skip


def test_mutmut_s_files_are_read(tmp_path: Path) -> None:
    place = tmp_path / "golive" / "stats" / "rates.py.meta"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"exit_code_by_key": {"a": 1, "b": 0, "c": 33, "d": 36, "e": None, "f": -11}}))
    assert [status for _, status in found(tmp_path)] == [
        "killed", "survived", "no tests", "timeout", "not checked", "segfault"
    ]  # fmt: skip
    assert {module for module, _ in found(tmp_path)} == {"golive.stats.rates"}


def test_templates_that_may_have_changed_are_copied_anew(tmp_path: Path) -> None:
    for name in ("golive/a.j2", "golive/report/b.css", "golive/a.py", "golive/a.py.meta", "golive/a.py.spans", "x.j2"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
    forget_data(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["a.py", "a.py.meta", "a.py.spans", "x.j2"]
    forget_data(tmp_path / "not there")


def test_a_row_of_the_table() -> None:
    text = table([Score("decision", 9, 2, 1, 0)])
    assert text.splitlines()[-1] == "| decision | 10 | 9 | 2 | 1 | 0 | 90.0% |"


def test_what_the_unit_tests_read_is_copied_to_the_mutants() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    assert {each.name for each in ROOT.glob("tests_*")} <= set(settings["also_copy"])
