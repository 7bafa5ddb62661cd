"""What a person reads at the end of a run: the page's banner and rows, and the terminal's columns."""

from __future__ import annotations

import json
import re
from html import unescape

from selftests.project import Project, Ran

ITEM = """
@pytest.mark.item("{item}")
def test_{name}(evidence):
    evidence.add(Seen()); assert Seen().what == {what!r}
"""
SMOKE = ["health", "authentication", "gateway", "databases", "kafka", "object_storage"]


def suite_of(*items: str, failing: str = "") -> str:
    return "".join(
        ITEM.format(item=item, name=item.replace(".", "_"), what="else" if item == failing else "something")
        for item in items
    )


def page_of(ran: Ran) -> str:
    assert ran.folder is not None
    return (ran.folder / "report.html").read_text(encoding="utf-8")


def rows_of(page: str) -> dict[str, list[str]]:
    """The cells of each item's row, as pytest-html keeps them for its script."""
    (blob,) = re.findall(r'data-jsonblob="(.*?)"', page, re.DOTALL)
    tests = json.loads(unescape(blob))["tests"]
    return {item: list(runs[0]["resultsTableRow"]) for item, runs in tests.items()}


def test_the_banner_says_what_is_decided_and_what_is_not(project: Project) -> None:
    project.tests(all=suite_of(*(f"smoke.{name}" for name in SMOKE)))
    page = page_of(project.run("-m", "smoke"))
    assert '<div class="verdict">smoke: GO (6 of 6)</div>' in page
    assert "other phases are not decided by this run" in page
    assert page.count("GO (6 of 6)") == 1


def test_the_banner_of_several_phases_says_each_and_one_in_part_is_called_so(project: Project) -> None:
    project.tests(all=suite_of(*(f"smoke.{name}" for name in SMOKE)))
    page = page_of(project.run("-m", "smoke or infrastructure"))
    assert re.search(r'<div class="verdict">t7d \(\d+ of its \d+ items\), .*smoke: INCOMPLETE', page)
    assert '<span class="phase">smoke</span> GO (6 of 6)' in page


def test_a_row_says_only_what_was_found_and_breaks_between_words(project: Project) -> None:
    project.tests(all=suite_of("smoke.object_storage", "smoke.kafka", failing="smoke.kafka"))
    rows = rows_of(page_of(project.run("-m", "smoke")))
    assert '<td class="col-says"></td>' in rows["smoke.object_storage"]
    assert '<td class="col-item">smoke.<wbr>object_<wbr>storage</td>' in rows["smoke.object_storage"]
    assert "assert" in next(cell for cell in rows["smoke.kafka"] if "col-says" in cell)


def test_the_terminal_aligns_to_the_longest_id_shown(project: Project) -> None:
    names = ["functional.forward_curves", "functional.web_hub"]
    (project.path / "tests_functional").mkdir()
    project.tests("tests_functional", all=suite_of(*names))
    out = project.run("-m", "functional", "tests_functional").out
    lines = re.findall(r"(?m)^  PASS +(functional\.\w+)( +)(\S.*?) +[\d.]+ s$", out)
    assert {len(identifier + gap) for identifier, gap, _ in lines} == {len("functional.forward_curves") + 2}
    assert len({line.rindex(" s") for line in out.splitlines() if line.startswith("  PASS")}) == 1
