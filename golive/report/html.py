"""``report.html``: pytest-html's page, fed from the closed record instead of from pytest's live reports.

So the page says exactly what the record says: also for an item whose worker was lost, or whose test never ran. Every
text that comes from a target, a test id or an error is escaped here; pytest-html itself does not escape test ids.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
import pytest_html.plugin

from golive.checklist import Checklist
from golive.evidence.record import EvidenceEntry, FindingEntry, Record
from golive.evidence.roles import in_words
from golive.report.drawings import drawn, left_to_text
from golive.report.pictures import pictures
from golive.report.words import blockers, scope

_STYLESHEET = Path(__file__).with_name("report.css")
_RESULT = {"PASS": "passed", "FAIL": "failed", "UNKNOWN": "failed", "WAIVED": "passed", "NOT APPLICABLE": "skipped"}
"""pytest-html lets a row vanish whose result it does not know, so each outcome borrows one for the row's class."""
_OPTIONS = ("htmlpath", "self_contained_html", "css")


def write_html(session: pytest.Session, record: Record, checklist: Checklist, path: Path) -> None:
    """Write the page. Uses pytest-html's own plugin object, for this moment only."""
    config = session.config
    if not hasattr(config.option, "htmlpath"):
        return  # pytest-html was switched off on the command line; record and JUnit are there
    saved = {name: getattr(config.option, name) for name in _OPTIONS}
    before = set(config.pluginmanager.get_plugins())
    config.option.htmlpath, config.option.self_contained_html = str(path), True
    config.option.css = [str(_STYLESHEET)]
    pytest_html.plugin.pytest_configure(config)
    pages = [plugin for plugin in config.pluginmanager.get_plugins() if plugin not in before]
    face = _Face(record, checklist, path.parent)
    config.pluginmanager.register(face, "golive-html")
    try:
        for page in pages:
            _fill(page, session, record)
    finally:
        config.pluginmanager.unregister(face)
        for page in pages:
            config.pluginmanager.unregister(page)
        for name, value in saved.items():
            setattr(config.option, name, value)


def _fill(page: Any, session: pytest.Session, record: Record) -> None:
    page.pytest_sessionstart(session)
    for finding in record.findings:
        for when in ("call", "teardown"):
            page.pytest_runtest_logreport(_report(finding, when))
    page.pytest_sessionfinish(session)


def _report(finding: FindingEntry, when: Any) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=finding.item,
        location=(finding.item, 0, finding.item),
        keywords={},
        outcome=_RESULT[finding.outcome] if when == "call" else "passed",  # type: ignore[arg-type] # one of pytest's three
        longrepr=None,
        when=when,
        duration=finding.seconds if when == "call" else 0.0,
    )


class _Face:
    """What golive shows where pytest-html asks for columns, rows and a summary."""

    def __init__(self, record: Record, checklist: Checklist, folder: Path) -> None:
        self.record = record
        self.checklist = checklist
        self.folder = folder
        self.findings = {finding.item: finding for finding in record.findings}

    def pytest_html_report_title(self, report: Any) -> None:
        """Name the target."""
        report.title = escape(f"golive: {self.record.target_title}")

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Outcome, phase, item, what was found, seconds."""
        cells[:] = [
            # pytest-html's script reads these two of every row; the stylesheet hides them.
            '<th class="sortable" data-column-type="result">Result</th>',
            '<th class="sortable" data-column-type="testId">Test</th>',
            '<th class="sortable" data-column-type="outcome">Outcome</th>',
            '<th class="sortable" data-column-type="phase">Phase</th>',
            '<th class="sortable" data-column-type="item">Item</th>',
            "<th>Says</th>",
            '<th class="sortable" data-column-type="seconds">Seconds</th>',
        ]

    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """One row an item."""
        finding = self.findings.get(report.nodeid)
        if finding is None:
            cells[:] = []
            return
        item = self.checklist.by_id[finding.item]
        says = finding.reason or (finding.message.splitlines() or [""])[0]
        css = finding.outcome.lower().replace(" ", "-")
        cells[:] = [
            f'<td class="col-result">{_RESULT[finding.outcome]}</td>',
            f'<td class="col-testId">{escape(finding.item)}</td>',
            f'<td class="col-outcome outcome-{css}">{escape(finding.outcome)}</td>',
            f'<td class="col-phase">{escape(item.phase)}</td>',
            f'<td class="col-item">{_breakable(finding.item)}</td>',
            f'<td class="col-says">{escape(says)}</td>',
            f'<td class="col-seconds">{finding.seconds:.2f}</td>',
        ]

    def pytest_html_results_table_html(self, report: pytest.TestReport, data: list[str]) -> None:
        """Below the row: message, what to do next, and the evidence."""
        finding = self.findings.get(report.nodeid)
        if finding is not None:
            data[:] = [_details(finding, self.checklist, self.folder)]

    def pytest_html_results_summary(self, prefix: list[str], summary: list[str]) -> None:
        """The decision in place of pytest-html's own counts."""
        prefix[:] = [_banner(self.record, self.checklist)]
        summary[:] = [_identity(self.record)]


def _breakable(identifier: str) -> str:
    """An id that a narrow column breaks after its dots and underscores, and nowhere else."""
    return re.sub(r"([._])", r"\1<wbr>", escape(identifier))


def _banner(record: Record, checklist: Checklist) -> str:
    decision = record.decision
    css = decision.verdict.lower()
    # Of a single phase the headline has said it.
    several = record.phases if len(record.phases) > 1 else {}
    phases = "".join(
        f'<li><span class="phase">{escape(phase)}</span> {escape(entry.words)}</li>' for phase, entry in several.items()
    )
    if record.phases.keys() != checklist.phase_by_name.keys():
        phases += "<li>other phases are not decided by this run</li>"
    against = "".join(
        f"<li><b>{escape(f.outcome)} {escape(f.reason or '')}</b> {escape(f.item)}</li>" for f in blockers(record)
    )
    return (
        f'<div class="banner banner-{css}"><div class="verdict">{escape(scope(record, checklist))}: '
        f"{escape(decision.words)}</div>"
        f"<ul>{phases}</ul>{f'<ul class=against>{against}</ul>' if against else ''}</div>"
    )


def _identity(record: Record) -> str:
    rows = {
        "target": f"{record.target_title} ({record.target})",
        "release expected": record.identity.release or "not named",
        "builds that answered": ", ".join(f"{s} {b}" for s, b in sorted(record.identity.builds.items())) or "none",
        "cluster": record.identity.cluster_uid or f"not identified: {record.identity.cluster_uid_absent_because}",
        "run": f"{record.run}, {_second(record.started)} to {_second(record.ended)}",
        "suite": f"golive {record.suite_version}",
        "note": record.note,
    }
    cells = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows.items() if v)
    return f'<table class="identity">{cells}</table>'


def _second(moment: str) -> str:
    """An ISO 8601 time to the second, as one reads it."""
    return f"{moment[:19].replace('T', ' ')} UTC" if moment.endswith("+00:00") else moment


def _details(finding: FindingEntry, checklist: Checklist, folder: Path) -> str:
    item = checklist.by_id[finding.item]
    parts = [f'<div class="facts"><p>{escape(item.title)} · owner {escape(in_words(item.owner))}</p>']
    if finding.message:
        parts.append(f'<pre class="message">{escape(finding.message)}</pre>')
    if finding.hint:
        parts.append(f'<p class="next">next: {escape(finding.hint)}</p>')
    parts += [_evidence(entry) + drawn(entry) for entry in finding.evidence]
    parts.append(pictures(finding, folder))
    if finding.nodeid:
        parts.append(f'<p class="nodeid">{escape(finding.nodeid)}</p>')
    # One line: pytest-html wraps each line of a log in markup of its own.
    return "".join((*parts, "</div>"))


def _evidence(entry: EvidenceEntry) -> str:
    rows = "".join(f"<tr><th>{escape(k)}</th><td>{_value(v)}</td></tr>" for k, v in left_to_text(entry).items())
    return f'<table class="evidence"><caption>{escape(entry.subject)}</caption>{rows}</table>'


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "<br>".join(f"{escape(str(k))}: {_value(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list):
        return "<br>".join(_value(item) for item in value) or "none"
    if isinstance(value, str):
        return escape(value) or "empty"
    return escape(json.dumps(value))
