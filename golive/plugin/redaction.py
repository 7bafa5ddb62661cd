"""The redactor's place in pytest: reports are scrubbed where they are made, streams where they are written."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from golive.redact import RedactingStream, Redactor

_KEPT = frozenset({"$report_type", "outcome", "when", "nodeid"})


class Redaction:
    """Hooks that no text can pass unscrubbed. Registered last, so that it is the outermost wrapper."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Scrub a test's report, its traceback, captured output and finding."""
        report = yield
        return self._scrubbed(item.config, report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Scrub what a collection error shows."""
        report = yield
        if report.failed:
            report.longrepr = self.redactor(str(report.longrepr))
        return report

    def _scrubbed(self, config: pytest.Config, report: pytest.TestReport) -> pytest.TestReport:
        data = config.hook.pytest_report_to_serializable(config=config, report=report)
        clean = config.hook.pytest_report_from_serializable(config=config, data=self.redactor.values(data, keep=_KEPT))
        if clean is None:
            raise TypeError(f"pytest cannot restore a {type(report).__name__}; it must not be shown unscrubbed")
        report.__dict__.update(clean.__dict__)
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse a test id that holds a secret: ids end up in file names and caches."""
        told = [shown for item in items if (shown := self.redactor(item.nodeid)) != item.nodeid]
        if told:
            raise pytest.UsageError(f"a test id contains a secret: {told[0]}\n    try: rename the parameter's id")

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: Any) -> None:
        """Scrub a warning's text."""
        message = warning_message.message
        if isinstance(message, Warning):
            message.args = tuple(self.redactor(a) if isinstance(a, str) else a for a in message.args)
        else:
            warning_message.message = self.redactor(str(message))


def guard_streams(config: pytest.Config, redactor: Redactor) -> None:
    """Put the redactor in front of the terminal, the live and file logs, and an uncaptured stdout and stderr."""
    writer = config.get_terminal_writer()
    writer._file = RedactingStream(writer._file, redactor)
    logging_plugin = config.pluginmanager.get_plugin("logging-plugin")
    for name in ("log_file_handler", "log_cli_handler"):
        handler = getattr(logging_plugin, name, None)
        if handler is not None and getattr(handler, "stream", None) is not None:
            handler.stream = RedactingStream(handler.stream, redactor)
    if config.getoption("capture") == "no":
        sys.stdout = RedactingStream(sys.stdout, redactor)
        sys.stderr = RedactingStream(sys.stderr, redactor)
