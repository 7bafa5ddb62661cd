"""Findings and the required set become one decision: GO, NO-GO or INCOMPLETE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from golive.checklist import Checklist
from golive.errors import Reason
from golive.finding import Finding, Outcome


class Verdict(StrEnum):
    """What may be said of a release."""

    GO = "GO"
    NO_GO = "NO-GO"
    INCOMPLETE = "INCOMPLETE"

    @property
    def exit_status(self) -> int:
        """pytest's exit status for it; only GO is 0."""
        return {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.INCOMPLETE: 2}[self]


@dataclass(frozen=True)
class Decision:
    """The verdict over a set of required items, with what it rests on."""

    verdict: Verdict
    required: int
    good: int
    counts: Mapping[str, int]
    waived: bool = False

    @property
    def words(self) -> str:
        """``GO (6 of 6)``, or the verdict with what stands against it: ``INCOMPLETE (5 of 6; 1 UNKNOWN)``."""
        against = [f"{self.counts[o]} {o}" for o in (Outcome.FAIL, Outcome.UNKNOWN) if self.counts.get(o)]
        share = "; ".join([f"{self.good} of {self.required}", *against])
        with_waivers = " WITH WAIVERS" if self.verdict is Verdict.GO and self.waived else ""
        return f"{self.verdict}{with_waivers} ({share})"


def decide(findings: Iterable[Finding]) -> Decision:
    """The decision over findings, one for every required item.

    Any FAIL is NO-GO; else any UNKNOWN is INCOMPLETE; else GO. No finding at all decides INCOMPLETE: nothing was asked.
    """
    outcomes = [finding.outcome for finding in findings]
    counts = Counter(str(outcome) for outcome in outcomes)
    if Outcome.FAIL in outcomes:
        verdict = Verdict.NO_GO
    elif Outcome.UNKNOWN in outcomes or not outcomes:
        verdict = Verdict.INCOMPLETE
    else:
        verdict = Verdict.GO
    good = sum(outcome.counts for outcome in outcomes)
    return Decision(verdict, len(outcomes), good, dict(counts), Outcome.WAIVED in outcomes)


def complete(
    checklist: Checklist,
    required: frozenset[str],
    found: Mapping[str, Finding],
    missing: Mapping[str, Finding],
) -> list[Finding]:
    """One finding for every required item, in the order of the day, and those of items found besides.

    An item without a finding is UNKNOWN: as ``missing`` says, or ``not_run``.
    """
    result = []
    for item in checklist.items:
        if item.id in found:
            result.append(found[item.id])
        elif item.id in required:
            not_run = Finding(item.id, Outcome.UNKNOWN, Reason.NOT_RUN, "its test was not run")
            result.append(missing.get(item.id, not_run))
    return result
