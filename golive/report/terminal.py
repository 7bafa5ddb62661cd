"""The run's last lines on the terminal: calm when all is well, precise when not."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from golive.checklist import Checklist
from golive.errors import Reason
from golive.evidence.record import FindingEntry, Record

_MESSAGE_LINES = 12
_WIDTH = 100
_COLORS = {"PASS": "green", "FAIL": "red", "UNKNOWN": "yellow", "WAIVED": "yellow", "NOT APPLICABLE": "cyan"}
_VERDICT_COLORS = {"GO": "green", "NO-GO": "red", "INCOMPLETE": "yellow"}


def summarize(reporter: pytest.TerminalReporter, record: Record, checklist: Checklist, folder: Path) -> None:
    """A line an item, what stands against GO with its hint, a line a phase, and the report's path."""
    reporter.write_sep("=", f"golive: {record.target_title}, release {record.identity.release or 'not named'}")
    no_test = [f for f in record.findings if f.reason == Reason.NOT_IMPLEMENTED]
    uncollected = [f for f in record.findings if f.reason == Reason.NOT_RUN and not f.nodeid and f.hint]
    shown = [f for f in record.findings if f not in no_test and f not in uncollected]
    rows = [(f.item, f.reason or checklist.by_id[f.item].title) for f in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for finding, cells in zip(shown, rows, strict=True):
        _item_line(reporter, finding, [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)])
    _together(reporter, no_test, "not_implemented", "required items have no test yet, which decides INCOMPLETE:")
    _together(reporter, uncollected, "not_run", "required items have a test that this run did not collect:")
    if record.note:
        reporter.write_line(f"note: {record.note}")
    for phase, decision in record.phases.items():
        reporter.write(f"{phase}: ")
        reporter.write_line(decision.words, bold=True, **{_VERDICT_COLORS[decision.verdict]: True})
    if len(record.phases) != 1:
        reporter.write("all: ")
        reporter.write_line(record.decision.words, bold=True, **{_VERDICT_COLORS[record.decision.verdict]: True})
    reporter.write_line(f"report: {_short(folder / 'report.html')}")


def _item_line(reporter: pytest.TerminalReporter, finding: FindingEntry, cells: list[str]) -> None:
    reporter.write(f"  {finding.outcome:<8}", **{_COLORS[finding.outcome]: True})
    reporter.write_line(f"{'  '.join(cells)} {finding.seconds:6.1f} s")
    if finding.outcome == "PASS":
        return
    lines = finding.message.splitlines() or [""]
    for line in lines[:_MESSAGE_LINES]:
        reporter.write_line(f"            {line}")
    if len(lines) > _MESSAGE_LINES:
        reporter.write_line(f"            … {len(lines) - _MESSAGE_LINES} more lines in the report")
    if finding.hint:
        reporter.write_line(f"            next: {finding.hint}")


def _together(reporter: pytest.TerminalReporter, findings: list[FindingEntry], reason: str, words: str) -> None:
    """Items of which the same is to be said, in one paragraph."""
    if not findings:
        return
    reporter.write("  UNKNOWN ", yellow=True)
    reporter.write_line(f"{reason}: {len(findings)} {words}")
    for line in textwrap.wrap(", ".join(finding.item for finding in findings), _WIDTH, break_long_words=False):
        reporter.write_line(f"            {line}")
    for hint in dict.fromkeys(finding.hint for finding in findings if finding.hint):
        reporter.write_line(f"            next: {hint}")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
