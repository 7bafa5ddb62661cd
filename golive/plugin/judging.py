"""In the process that runs the tests: each stage becomes a verdict, each item one finding, carried by its report."""

from __future__ import annotations

import inspect
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import pytest

from golive.errors import LabUnavailable, LevelNotGranted, NotApplicable, Reason
from golive.finding import Evidence, Finding, Outcome, versions_in, worst
from golive.fixtures import EXTRA_TIME, reached
from golive.plugin.run import Run
from golive.plugin.verdict import ItemDeadlinePassed, StageVerdict, judge
from golive.redact import Redactor
from golive.target import Target

GRACE = 2.0
"""Seconds between two strikes of the deadline: what an item's teardown may take once its time is up."""


@dataclass
class ItemState:
    """What is known of an item while it runs."""

    item_id: str
    hint: str
    must: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: float = field(default_factory=time.monotonic)
    stages: list[StageVerdict] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    assertions: int = 0
    in_stage: bool = False
    called: bool = False
    redactor: Redactor = field(default_factory=Redactor)

    def add(self, *facts: object) -> None:
        """Keep facts as evidence of this item: frozen dataclasses, as the nouns of ``golive.facts`` give them."""
        for piece in map(Evidence.of, facts):
            # Here and not only at the report: a fact's mapping may have a secret for a key.
            self.evidence.append(Evidence(piece.subject, self.redactor.deep(piece.fields)))


STATE = pytest.StashKey[ItemState]()


class Judge:
    """Hooks around every test that claims an item."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def _state(self, item: pytest.Item) -> ItemState | None:
        return item.stash.get(STATE, None)

    @contextmanager
    def judging(self, item: pytest.Item) -> Iterator[None]:
        """Give the item a fresh state, and a deadline for all of its stages together."""
        state = ItemState(self.run.claims[item.nodeid], *_said_by(item), redactor=self.run.redactor)
        item.stash[STATE] = state
        self._arm(item, state)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _arm(self, item: pytest.Item, state: ItemState) -> None:
        if item.config.option.usepdb:
            return
        limit = deadline_of(item, self.run.target())

        def strike(_signal: int, _frame: FrameType | None) -> None:
            # Only inside a stage: pytest itself, writing a report, must not be struck.
            if state.in_stage:
                raise ItemDeadlinePassed(f"{state.item_id} took longer than its deadline of {limit:g} s")

        signal.signal(signal.SIGALRM, strike)
        signal.setitimer(signal.ITIMER_REAL, limit, GRACE)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Mark the stage, so that the deadline may strike in it."""
        with _Stage(self._state(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Mark the stage, so that the deadline may strike in it."""
        with _Stage(self._state(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Mark the stage, so that the deadline may strike in it."""
        with _Stage(self._state(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the stage's verdict to its report, and the item's finding to the last one."""
        report = yield
        state = self._state(item)
        if state is None:
            return report
        state.called = state.called or (call.when == "call" and type(report) is pytest.TestReport)
        verdict = self._verdict(item, state, call, report)
        if verdict is not None:
            state.stages.append(verdict)
            _show(report, verdict)
        if report.when == "teardown":
            report.golive_finding = self._finding(item, state).to_json()  # type: ignore[attr-defined] # rides along
        return report

    def _verdict(
        self, item: pytest.Item, state: ItemState, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> StageVerdict | None:
        if call.excinfo is not None:
            if isinstance(call.excinfo.value, NotApplicable) and self._may_not_apply(state):
                return StageVerdict(Outcome.NOT_APPLICABLE, None, str(call.excinfo.value))
            return judge(call.excinfo, item.path)
        if report.outcome != "passed":
            return StageVerdict(Outcome.UNKNOWN, Reason.NOT_RUN, "marked xfail", "remove the mark: golive has no xfail")
        if call.when != "call" or type(report) is not pytest.TestReport or state.stages:
            return None
        if not state.evidence:
            return StageVerdict(Outcome.UNKNOWN, Reason.NO_EVIDENCE, "passed without evidence", "evidence.add(fact)")
        if state.assertions == 0:
            return StageVerdict(
                Outcome.UNKNOWN, Reason.NO_EVIDENCE, "passed without executing an assertion", "assert on facts"
            )
        return None

    def _may_not_apply(self, state: ItemState) -> bool:
        return self.run.checklist.by_id[state.item_id].not_applicable

    def _finding(self, item: pytest.Item, state: ItemState) -> Finding:
        seconds = time.monotonic() - state.begun
        limit = deadline_of(item, self.run.target())
        stages = list(state.stages)
        if not state.called and not stages:
            words = "its test was set up and never called"
            stages.append(
                StageVerdict(Outcome.UNKNOWN, Reason.NOT_RUN, words, "run without --setup-only, --setup-plan")
            )
        if seconds > limit and all(stage.outcome is Outcome.NOT_APPLICABLE for stage in stages):
            words = f"{state.item_id} took {seconds:.1f} s, longer than its deadline of {limit:g} s"
            stages.append(StageVerdict(Outcome.UNKNOWN, Reason.TIMEOUT, words))
        evidence = tuple(state.evidence)

        def finding(outcome: Outcome, reason: Reason | None = None, message: str = "", hint: str = "") -> Finding:
            return Finding(
                state.item_id, outcome, reason, message, hint, evidence,
                item.nodeid, state.started.isoformat(), round(seconds, 3), versions_in(evidence), state.must,
            )  # fmt: skip

        if not stages:
            return finding(Outcome.PASS)
        return worst(finding(s.outcome, s.reason, s.message, s.hint or state.hint) for s in stages)


class Protocol:
    """Puts every test that claims an item before the Judge; proofs run a test several times and do it themselves."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Judge all stages of one test together."""
        if item.nodeid not in self.judge.run.claims:
            return (yield)
        with self.judge.judging(item):
            return (yield)


class Gatekeeper:
    """Refuses what the target does not grant or the provider could not bring up, before any fixture runs.

    Apart from the Judge, whose wrappers stand outside of pytest's own: an error raised there skips their clean-up.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Raise what keeps the item from being looked at; the Judge calls it by its name."""
        state = item.stash.get(STATE, None)
        if state is not None:
            self._may_run(item, state)

    def _may_run(self, item: pytest.Item, state: ItemState) -> None:
        target = self.run.target()
        entry = self.run.checklist.by_id[state.item_id]
        declared = target.not_applicable.get(entry.id)
        if declared:
            raise NotApplicable(declared.reason)
        lacking = sorted(entry.needs(target) - target.levels)
        if lacking:
            raise LevelNotGranted(
                entry.id,
                f"needs level {', '.join(lacking)}; {target.name} grants {', '.join(sorted(target.levels))}",
                hint=f"grant it in {self.run.target_file.path.name}, field levels, if a run may do this there",
            )
        for system in sorted(systems_of(item, target) & self.run.failed_systems.keys()):
            raise LabUnavailable(system, self.run.failed_systems[system], hint=self.run.systems_hint)


class _Stage:
    """While it is entered, the item's deadline may strike."""

    def __init__(self, state: ItemState | None) -> None:
        self.state = state

    def __enter__(self) -> ItemState | None:
        if self.state is not None:
            self.state.in_stage = True
        return self.state

    def __exit__(self, *_: object) -> None:
        if self.state is not None:
            self.state.in_stage = False


def deadline_of(item: pytest.Item, target: Target) -> float:
    """Seconds that an item may take in all: the target's limit, and what its fixtures say that they need besides."""
    names = getattr(item, "fixturenames", ())
    return target.limits.item + sum(EXTRA_TIME[name](target) for name in names if name in EXTRA_TIME)


def systems_of(item: pytest.Item, target: Target) -> frozenset[str]:
    """The target's systems that the fixtures of a test reach."""
    names = getattr(item, "fixturenames", ())
    return frozenset[str]().union(*(reached(name, target) for name in names))


def _said_by(item: pytest.Item) -> tuple[str, str]:
    """Hint and MUST sentence of the test's docstring, as the catalogue reads them."""
    doc = inspect.getdoc(getattr(item, "function", None)) or ""
    body, _, hint = doc.partition("Hint:")
    return " ".join(hint.split()), " ".join(body.split("\n\n")[0].split())


def _show(report: pytest.TestReport, verdict: StageVerdict) -> None:
    """Let pytest show the verdict in its own idiom: only a suite error and a FAIL keep their traceback."""
    report.golive_stage = {"outcome": str(verdict.outcome), "headline": verdict.headline}  # type: ignore[attr-defined] # rides along
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        report.outcome = "skipped"
        report.longrepr = (report.location[0], report.location[1] or 0, verdict.message)
        return
    report.outcome = "failed"
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    if verdict.outcome is Outcome.UNKNOWN and verdict.reason is not Reason.SUITE_ERROR:
        report.longrepr = f"{verdict.headline}: {verdict.message}"
