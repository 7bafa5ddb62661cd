"""While a run goes on: one line an item, under its phase, in place of pytest's letters.

``-v`` shows pytest's own lines instead, ``-q`` none until the end.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from golive.evidence.record import FindingEntry
from golive.finding import Finding
from golive.plugin.run import Run
from golive.report import terminal

Status = tuple[str, str, str | tuple[str, dict[str, bool]]]


class Lines:
    """Writes each item's line as soon as its finding is known."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self._run = run
        self._config = config
        self._phase = ""

    @property
    def live(self) -> bool:
        """Whether items are shown as they come."""
        return self._config.get_verbosity() == 0

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        return self._config.pluginmanager.get_plugin("terminalreporter")

    @property
    def _replaces_letters(self) -> bool:
        return bool(self._run.claims) and self._config.get_verbosity() <= 0

    def pytest_collection_finish(self) -> None:
        """Keep pytest from naming files where items are named."""
        if self._replaces_letters and self._reporter is not None:
            self._reporter.showfspath = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> Generator[None, Status | None, Status | None]:
        """Count an item's report as pytest does, without a letter."""
        status = yield
        if status is None or not self._replaces_letters or report.nodeid not in self._run.claims:
            return status
        return status[0], "", ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show what is being looked at, where a line can be written over."""
        item, reporter = self._run.claims.get(nodeid), self._reporter
        if item and self.live and reporter is not None and reporter.isatty():
            self._head(reporter, item)
            reporter.rewrite(f"  …       {item}", erase=True)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the item's line once its last report is there."""
        carried, reporter = getattr(report, "golive_finding", None), self._reporter
        if carried is None or not self.live or reporter is None or report.nodeid not in self._run.claims:
            return
        finding = Finding.from_json(self._run.redactor.values(carried))
        self._head(reporter, finding.item)
        if reporter.isatty():
            reporter.rewrite("", erase=True)
        checklist = self._run.checklist
        shown = terminal.Shown(checklist, set(self._run.claims.values()))
        shown.line(reporter, FindingEntry.model_validate(finding.to_json()))

    def _head(self, reporter: pytest.TerminalReporter, item: str) -> None:
        phase = self._run.checklist.by_id[item].phase
        if phase != self._phase:
            self._phase = phase
            reporter.ensure_newline()
            reporter.write_line(f"{self._run.checklist.phase_by_name[phase].title} · {phase}", bold=True)
