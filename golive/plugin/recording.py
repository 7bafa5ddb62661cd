"""In the controller: findings are written as they come; record, reports and decision follow at the end."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

import golive
from golive.decision import Verdict, complete, decide
from golive.errors import Reason
from golive.evidence.record import (
    SCHEMA_VERSION,
    DecisionEntry,
    Digests,
    Identity,
    Journal,
    Record,
    WaiverEntry,
    sha256_of,
)
from golive.evidence.waivers import apply
from golive.finding import Finding, Outcome, cluster_uids_in, worst
from golive.plugin.answering import Answering
from golive.plugin.missing import uncollected
from golive.plugin.run import Run
from golive.report import terminal
from golive.report.derived import write_texts
from golive.report.html import write_html
from golive.wholefile import write_whole


class Recorder:
    """Keeps what the workers found and closes the run."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self.run = run
        self.config = config
        self.journal: Journal | None = None
        self.opened: dict[str, Any] = {}
        """What the record says of the run's beginning; in the journal since then."""
        self.found: dict[str, Finding] = {}
        self.begun: dict[str, str] = {}
        self.interrupted = ""
        self.broken = False
        self.failed: set[str] = set()
        """Items whose tests failed, by pytest's count; empty texts for what failed without an item."""
        self.record: Record | None = None
        self.answering = Answering(run)

    def open(self) -> None:
        """Begin the journal: items were selected, so this run decides something."""
        run = self.run
        self.journal = Journal(run.folder / "record.jsonl")
        self.opened = {
            "schema_version": SCHEMA_VERSION,
            "run": str(run.run_id),
            "suite_version": golive.__version__,
            "target": run.target_file.target.name,
            "target_title": run.target_file.target.title,
            "started": run.started.isoformat(),
            "required": sorted(run.required),
        }
        self.journal.write("run", **self.opened, release=run.release)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Ask which builds answer, where no test will; the controller has brought everything up before."""
        if self.journal:
            self.answering.begin(session.items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say what is about to be looked at."""
        item = self.run.claims.get(nodeid)
        if item and self.journal:
            self.begun[item] = nodeid
            self.journal.write("start", item=item, nodeid=nodeid, at=datetime.now(UTC).isoformat())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the finding that the last report of a test carries, or note that its worker was lost."""
        carried = getattr(report, "golive_finding", None)
        item = self.run.claims.get(report.nodeid)
        if report.failed:
            self.failed.add(item or "")
        if carried is not None:
            self._note(self._redacted(Finding.from_json(carried)))
        elif item and str(report.when) == "???":  # xdist's word for the item that a crashed worker held
            self._note(
                Finding(
                    item, Outcome.UNKNOWN, Reason.WORKER_LOST, "the worker that ran it was lost", nodeid=report.nodeid
                )
            )

    def _note(self, finding: Finding) -> None:
        earlier = self.found.get(finding.item)
        self.found[finding.item] = worst([earlier, finding]) if earlier else finding
        if self.journal:
            self.journal.write("finding", **finding.to_json())

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be collected."""
        if report.failed:
            self.failed.add("")

    def pytest_keyboard_interrupt(self) -> None:
        """Note that the run was cut short."""
        self.interrupted = self.interrupted or "interrupted"

    def pytest_internalerror(self) -> None:
        """Note that pytest itself failed: the run decides nothing beyond what it found."""
        self.broken = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Close the record, write the reports, and let the exit status be the decision's."""
        if self.journal is None:
            return
        self.record = self._close()
        # The reports are derived from the record alone; a failing report must not hide the decision.
        folder = self.run.folder
        write_whole(folder / "record.json", self.record.model_dump_json(indent=1))
        write_texts(self.record, self.run.checklist, folder)
        write_html(session, self.record, self.run.checklist, folder / "report.html")
        _point_latest(self.run)
        session.exitstatus = self._exit_status(int(session.exitstatus))

    def _exit_status(self, pytests_own: int) -> int:
        if self.record is None:
            raise RuntimeError("the record is not closed")
        status = Verdict(self.record.decision.verdict).exit_status
        if pytests_own in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
            return pytests_own
        if status == 0 and (self.interrupted or self.broken or pytests_own == pytest.ExitCode.INTERRUPTED):
            return int(pytest.ExitCode.INTERRUPTED)
        waived = {waiver.item for waiver in self.record.waivers if waiver.standing == "used"}
        if pytests_own == pytest.ExitCode.TESTS_FAILED and self.failed <= waived:
            return status
        # A GO beside a failure that no item carries (a broken test file, a failing test without an item) is not 0.
        return status or (pytests_own if pytests_own != pytest.ExitCode.NO_TESTS_COLLECTED else 0)

    def _missing(self) -> Mapping[str, Finding]:
        """Why each required item without a finding has none, where more is to be said than that it was not run."""
        absent = self.run.required - self.found.keys()
        collected = absent & set(self.run.claims.values())
        missing = uncollected(self.run, absent - collected, self.config)
        for item in collected:
            if item in self.begun:
                missing[item] = _cut_short(item, "the run ended while its test was running")
            elif self.interrupted:
                missing[item] = _cut_short(item, "the run ended before its test was run")
        return missing

    def _close(self) -> Record:
        run = self.run
        if self.journal is None:
            raise RuntimeError("the journal was never opened")
        missing = {item: self._redacted(finding) for item, finding in self._missing().items()}
        findings = complete(run.checklist, run.required, self.found, missing)
        for finding in findings:
            if finding.item not in self.found:
                self.journal.write("finding", **finding.to_json())
        closed = datetime.now(UTC)
        findings, waivers = apply(findings, run.waivers, run.checklist, run.release, closed)
        end = self._end(findings, waivers, closed)
        self.journal.write("end", **end)
        entries = [run.redactor.values(finding.to_json()) for finding in findings]
        return Record.model_validate(
            {**self.opened, **end, "findings": entries, "journal_sha256": self.journal.close()}
        )

    def _end(self, findings: list[Finding], waivers: list[WaiverEntry], closed: datetime) -> dict[str, Any]:
        """What the record says of the run as a whole, for the journal's last line and for the record itself."""
        run = self.run
        decided = [finding for finding in findings if finding.item in run.required]
        phases = {}
        for phase in run.checklist.phases:
            of_phase = [f for f in decided if run.checklist.by_id[f.item].phase == phase.name]
            if of_phase:
                phases[phase.name] = _decision(of_phase).model_dump()
        answering = {} if self.interrupted else self.answering.builds()
        return {
            "note": run.redactor(run.systems_note),
            "command": run.redactor.deep(["pytest", *sys.argv[1:]]),
            "ended": closed.isoformat(),
            "interrupted": bool(self.interrupted),
            "identity": identity_of(run.release, findings, answering).model_dump(),
            "digests": _digests(run).model_dump(),
            "phases": phases,
            "decision": _decision(decided).model_dump(),
            "waivers": [run.redactor.values(waiver.model_dump()) for waiver in waivers],
        }

    def _redacted(self, finding: Finding) -> Finding:
        return Finding.from_json(self.run.redactor.values(finding.to_json()))

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what stands against it, what is decided, and where the report is."""
        if self.record is not None:
            terminal.summarize(
                terminalreporter,
                self.record,
                self.run.checklist,
                self.run.folder,
                items=self.config.get_verbosity() > 0,
            )


def _digests(run: Run) -> Digests:
    return Digests(
        checklist=sha256_of(run.checklist_file),
        target=sha256_of(run.target_file.path),
        roles=run.roles_sha256,
        waivers={run.redactor(each.path.name): hashlib.sha256(each.file.raw).hexdigest() for each in run.waivers},
    )


def identity_of(release: str, findings: Sequence[Finding], answering: Mapping[str, str]) -> Identity:
    """What was looked at, by what the findings saw of it, and the builds of services that no test asked."""
    builds = {**answering, **{service: build for finding in findings for service, build in finding.versions.items()}}
    uids = sorted({uid for finding in findings for uid in cluster_uids_in(finding.evidence)})
    why = f"different clusters answered: {', '.join(uids)}" if uids else "no item of this run asked the cluster"
    return (
        Identity(release=release, builds=builds, cluster_uid=uids[0], cluster_uid_absent_because="")
        if len(uids) == 1
        else Identity(release=release, builds=builds, cluster_uid="", cluster_uid_absent_because=why)
    )


def _cut_short(item: str, words: str) -> Finding:
    return Finding(item, Outcome.UNKNOWN, Reason.INTERRUPTED, words)


def _decision(findings: list[Finding]) -> DecisionEntry:
    decision = decide(findings)
    return DecisionEntry(
        verdict=decision.verdict.value, words=decision.words, required=[finding.item for finding in findings]
    )


def _point_latest(run: Run) -> None:
    latest = run.folder.parent / "latest"
    fresh = run.folder.parent / f".latest-{run.folder.name}"
    fresh.symlink_to(run.folder.name)
    fresh.replace(latest)
