"""The texts derived from a record: nothing in them is markup of a target's, and no box is ticked for nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from golive import checklist as checklists
from golive.evidence.record import DecisionEntry, Digests, FindingEntry, Identity, Record
from golive.report import ctrf, filled, summary
from golive.report.derived import STEP_SUMMARY, TEXTS, write_texts
from golive.report.markdown import clipped, quoted, table
from golive.report.words import seen

ROOT = Path(__file__).parents[2]
CHECKLIST = checklists.load(ROOT / "checklist.toml")
NASTY = (
    "<script>alert(1)</script> | @here `x` [a](javascript:alert(1))\n# not a title\n![i](http://x/y) &lt;b&gt; ~~s~~"
)

_NUMBERS = {"type": "integer"}
CTRF_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["results", "reportFormat", "specVersion"],
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "results": {
            "required": ["tool", "summary", "tests"],
            "properties": {
                "tool": {"required": ["name"]},
                "summary": {
                    "required": ["tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"],
                    "properties": dict.fromkeys(("tests", "passed", "failed", "other", "start", "stop"), _NUMBERS),
                },
                "tests": {
                    "items": {
                        "required": ["name", "status", "duration"],
                        "additionalProperties": False,
                        "properties": {
                            "name": {"minLength": 1},
                            "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
                            "duration": _NUMBERS,
                            "start": _NUMBERS,
                            "stop": _NUMBERS,
                            "suite": {"minItems": 1},
                            "labels": {"additionalProperties": {"type": "string"}},
                            "rawStatus": {"type": "string"},
                            "message": {"type": "string"},
                            "filePath": {"type": "string"},
                            "extra": {"type": "object"},
                        },
                    }
                },
            },
        },
    },
}
"""What CTRF's own schema of version 0.0.0 asks of the parts that golive writes."""


def finding(item: str, outcome: Any, reason: str | None = None, message: str = "", hint: str = "") -> FindingEntry:
    return FindingEntry(
        item=item, outcome=outcome, reason=reason, message=message, hint=hint, evidence=[], seconds=1.25, versions={},
        nodeid=f"tests/test_x.py::test_{item}", started="2026-03-08T07:00:00.5+00:00",
    )  # fmt: skip


def record(*findings: FindingEntry, verdict: Any = "NO-GO", words: str = "NO-GO (1 of 4; 1 FAIL)") -> Record:
    decision = DecisionEntry(verdict=verdict, words=words, required=[f.item for f in findings])
    return Record(
        schema_version=1, run="golive-1", suite_version="0", target="t", target_title=NASTY, note="", command=[],
        started="2026-03-08T07:00:00+00:00", ended="2026-03-08T07:01:00+00:00", interrupted=False,
        identity=Identity(release="r|1", builds={}, cluster_uid="", cluster_uid_absent_because="x"),
        digests=Digests(checklist="", target=""), required=decision.required, phases={"smoke": decision},
        decision=decision, findings=list(findings), journal_sha256="",
    )  # fmt: skip


FOUND = record(
    finding("smoke.health", "PASS"),
    finding("smoke.authentication", "UNKNOWN", "unreachable", NASTY, NASTY),
    finding("smoke.gateway", "UNKNOWN", "not_implemented"),
    finding("smoke.databases", "WAIVED", None, "hides a FAIL"),
    finding("smoke.kafka", "FAIL", None, NASTY, NASTY),
    finding("smoke.object_storage", "NOT APPLICABLE", None, "declared"),
)


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=40))
def test_a_quoted_text_is_shown_as_it_is(text: str) -> None:
    page = Page("\n".join(table(["a", "b"], [("`x`", quoted(f"x{text}x"))])))
    assert page.text.split() == ["a", "b", "x", f"x{text}x"]
    assert page.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


def test_the_summary_says_what_stands_against_go_first_and_shows_no_foreign_markup() -> None:
    text = summary.render(FOUND, CHECKLIST)
    page = Page(text)
    assert page.tags <= {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "strong", "br",
                         "details", "summary"}  # fmt: skip
    assert "alert(1)</script>" in page.text
    assert "@" not in text
    assert text.index("`smoke.kafka`") < text.index("`smoke.authentication`")
    assert "1 required items have no test yet, which decides INCOMPLETE: `smoke.gateway`" in text
    assert text.startswith("## ⛔ smoke: NO\\-GO")


def test_a_summary_of_many_long_messages_stays_below_what_github_shows() -> None:
    many = [finding(item.id, "FAIL", None, "x" * 9000, "y" * 200) for item in CHECKLIST.items]
    assert len(summary.render(record(*many), CHECKLIST).encode()) < 2**20


def test_only_a_pass_ticks_a_box() -> None:
    text = filled.render(FOUND, CHECKLIST)
    assert re.findall(r"(?m)^- \[x\].*`([\w.]+)`", text) == ["smoke.health"]
    boxes = re.findall(r"(?m)^- \[[ x]\] ", text)
    signatures = re.findall(r"(?m)^\*\*.*Date: ", text)
    assert (len(boxes), len(signatures)) == (98, 4)
    assert "`smoke.databases`: **WAIVED**: hides a FAIL" in text
    assert Page(text).tags <= {"h1", "h2", "h3", "p", "ul", "li", "code", "strong", "br"}
    assert "- `smoke.kafka` (engineering lead):" in text


def test_ctrf_keeps_to_its_schema_and_counts_no_unknown_as_passed() -> None:
    document = json.loads(ctrf.render(FOUND, CHECKLIST))
    jsonschema.validate(document, CTRF_SCHEMA)
    counts = document["results"]["summary"]
    assert {k: counts[k] for k in ("tests", "passed", "failed", "skipped", "other")} == {
        "tests": 6, "passed": 1, "failed": 1, "skipped": 1, "other": 3,
    }  # fmt: skip
    assert counts["stop"] - counts["start"] == 60_000
    assert [test["rawStatus"] for test in document["results"]["tests"]] == [f.outcome for f in FOUND.findings]


def test_a_ci_job_that_asks_for_a_summary_gets_it_after_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "step.md"
    page.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv(STEP_SUMMARY, str(page))
    write_texts(FOUND, CHECKLIST, tmp_path)
    assert page.read_text(encoding="utf-8") == "before\n" + (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {*TEXTS, "step.md"}


def test_a_clipped_message_says_that_something_was_left_out() -> None:
    assert clipped("a\nb", lines=1) == "a\n…"
    assert clipped("abcdef", width=3) == "abc …"
    assert clipped("a") == "a"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("kafka: refused\nby its host", "kafka: refused\nby its host"),
        ("AssertionError: not as approved\nassert {'a...l': 1} == {}\n  \n  Left contains 1 more item:\n  {'all': 1}\n"
         "  Use -v to get more diff", "not as approved\n  Left contains 1 more item:\n  {'all': 1}"),
        ("AssertionError: assert {2: 3} == {}\n  \n  Omitting 1 identical items, use -vv to show\n  Diff:\n  x",
         "assert {2: 3} == {}\n  Diff:\n  x"),
        ("assert 'a...b' == 'c'", "assert 'a...b' == 'c'"),
        ("assert 1000 <= 5\n +  where 1000 = Settings(a='(', b={1: (2,)}).failures\n +  and   5 = Limits(b=1).most",
         "assert 1000 <= 5\n +  where 1000 = Settings(…).failures\n +  and   5 = Limits(…).most"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_was_seen_is_told_without_pytests_words_about_itself(message: str, expected: str) -> None:
    assert seen(message) == expected
