"""The run's last lines on the terminal: calm when all is well, precise when not."""

from __future__ import annotations

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
    shown = [f for f in record.findings if f.reason != Reason.NOT_IMPLEMENTED]
    for finding in shown:
        _item_line(reporter, finding, checklist)
    _not_implemented(reporter, [f for f in record.findings if f.reason == Reason.NOT_IMPLEMENTED])
    if record.note:
        reporter.write_line(f"note: {record.note}")
    for phase, decision in record.phases.items():
        reporter.write(f"{phase}: ")
        reporter.write_line(decision.words, bold=True, **{_VERDICT_COLORS[decision.verdict]: True})
    if len(record.phases) != 1:
        reporter.write("all: ")
        reporter.write_line(record.decision.words, bold=True, **{_VERDICT_COLORS[record.decision.verdict]: True})
    reporter.write_line(f"report: {_short(folder / 'report.html')}")


def _item_line(reporter: pytest.TerminalReporter, finding: FindingEntry, checklist: Checklist) -> None:
    title = checklist.by_id[finding.item].title
    reporter.write(f"  {finding.outcome:<8}", **{_COLORS[finding.outcome]: True})
    reporter.write_line(f"{finding.item:<24} {finding.reason or title:<38} {finding.seconds:6.1f} s")
    if finding.outcome == "PASS":
        return
    lines = finding.message.splitlines() or [""]
    for line in lines[:_MESSAGE_LINES]:
        reporter.write_line(f"            {line}")
    if len(lines) > _MESSAGE_LINES:
        reporter.write_line(f"            … {len(lines) - _MESSAGE_LINES} more lines in the report")
    if finding.hint:
        reporter.write_line(f"            next: {finding.hint}")


def _not_implemented(reporter: pytest.TerminalReporter, findings: list[FindingEntry]) -> None:
    if not findings:
        return
    reporter.write("  UNKNOWN ", yellow=True)
    reporter.write_line(f"not_implemented: {len(findings)} required items have no test yet, which decides INCOMPLETE:")
    names = ", ".join(finding.item for finding in findings)
    while names:
        cut = names if len(names) <= _WIDTH else names[: names.rfind(" ", 0, _WIDTH)]
        reporter.write_line(f"            {cut}")
        names = names[len(cut) :].strip()


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
