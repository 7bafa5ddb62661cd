"""The run's last lines on the terminal: calm when all is well, precise when not."""

from __future__ import annotations

import textwrap
from collections.abc import Collection
from pathlib import Path

import pytest

from golive.checklist import Checklist
from golive.errors import Reason
from golive.evidence.record import FindingEntry, Record
from golive.report.words import idle, waived

_MESSAGE_LINES = 12
_WIDTH = 100
_COLORS = {"PASS": "green", "FAIL": "red", "UNKNOWN": "yellow", "WAIVED": "yellow", "NOT APPLICABLE": "cyan"}
_VERDICT_COLORS = {"GO": "green", "NO-GO": "red", "INCOMPLETE": "yellow"}


class Shown:
    """Lines of items, each cell as wide as the widest of these items needs."""

    def __init__(self, checklist: Checklist, items: Collection[str]) -> None:
        self._checklist = checklist
        self._id = max(map(len, items), default=0)
        self._title = max((len(checklist.by_id[item].title) for item in items), default=0)

    def line(self, reporter: pytest.TerminalReporter, finding: FindingEntry) -> None:
        """Outcome, id, title or reason, seconds."""
        says = finding.reason or self._checklist.by_id[finding.item].title
        reporter.write(f"  {finding.outcome:<8}", **{_COLORS[finding.outcome]: True})
        reporter.write_line(f"{finding.item:<{self._id}}  {says:<{self._title}} {finding.seconds:6.1f} s")


def summarize(
    reporter: pytest.TerminalReporter, record: Record, checklist: Checklist, folder: Path, *, items: bool
) -> None:
    """What stands against GO, each with its hint; a line a phase; the report's path.

    ``items``: all lines of items first, where they were not shown while the run went on.
    """
    reporter.write_sep("=", f"golive: {record.target_title}, release {record.identity.release or 'not named'}")
    no_test = [f for f in record.findings if f.reason == Reason.NOT_IMPLEMENTED]
    uncollected = [f for f in record.findings if f.reason == Reason.NOT_RUN and not f.nodeid and f.hint]
    shown = [f for f in record.findings if f not in no_test and f not in uncollected]
    lines = Shown(checklist, {f.item for f in shown})
    for finding in shown:
        if items and not finding.message:
            lines.line(reporter, finding)
    for finding in shown:
        if finding.message:
            lines.line(reporter, finding)
            _details(reporter, finding)
    _together(reporter, no_test, "not_implemented", "required items have no test yet, which decides INCOMPLETE:")
    _together(reporter, uncollected, "not_run", "required items have a test that this run did not collect:")
    for waiver in waived(record)[1]:
        reporter.write_line(f"waiver of {idle(waiver)}", yellow=True)
    if record.note:
        reporter.write_line(f"note: {record.note}")
    for phase, decision in record.phases.items():
        reporter.write(f"{phase}: ")
        reporter.write_line(decision.words, bold=True, **{_VERDICT_COLORS[decision.verdict]: True})
    if len(record.phases) != 1:
        reporter.write("all: ")
        reporter.write_line(record.decision.words, bold=True, **{_VERDICT_COLORS[record.decision.verdict]: True})
    reporter.write_line(f"decide from {_short(folder / 'decision.html')}")
    reporter.write_line(f"look into   {_short(folder / 'report.html')}")


def _details(reporter: pytest.TerminalReporter, finding: FindingEntry) -> None:
    lines = finding.message.splitlines()
    for line in lines[:_MESSAGE_LINES]:
        reporter.write_line(f"            {line}")
    if len(lines) > _MESSAGE_LINES:
        reporter.write_line(f"            … {len(lines) - _MESSAGE_LINES} more lines in the report")
    if finding.hint and finding.outcome != "PASS":
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
