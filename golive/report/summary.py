"""``summary.md``: the decision and what stands against it, for the page of a CI job and for a merge request."""

from __future__ import annotations

from golive.checklist import Checklist
from golive.evidence.record import FindingEntry, Record
from golive.report.markdown import clipped, quoted, table
from golive.report.words import blockers, idle, implemented, owner, scope, seen, waived

_SIGN = {"GO": "✅", "NO-GO": "⛔", "INCOMPLETE": "⚠️"}


def render(record: Record, checklist: Checklist) -> str:
    """The document. GitHub cuts a step's summary off at 1 MiB, so messages are clipped; the report has them whole."""
    release = record.identity.release or "not named"
    lines = [
        f"## {_SIGN[record.decision.verdict]} {quoted(scope(record, checklist))}: {quoted(record.decision.words)}",
        "",
        f"{quoted(record.target_title)}, release {quoted(release)}",
        "",
    ]
    if len(record.phases) > 1:
        lines += table(["phase", "decision"], [(phase, quoted(e.words)) for phase, e in record.phases.items()])
        lines.append("")
    lines += _against(record, checklist)
    lines += _waivers(record)
    lines += _all(record, checklist)
    lines.append(f"golive {quoted(record.suite_version)}, run `{record.run}`, {record.started} to {record.ended}")
    return "\n".join(lines) + "\n"


def _against(record: Record, checklist: Checklist) -> list[str]:
    shown, without_test = implemented(blockers(record))
    lines: list[str] = []
    if shown:
        lines += ["### What stands against it", ""]
        rows = [
            (
                f"`{f.item}`",
                _outcome(f),
                *map(quoted, (clipped(seen(f.message)), f.must, f.hint)),
                owner(checklist, f.item),
            )
            for f in shown
        ]
        lines += table(["item", "outcome", "seen", "expected", "next", "owner"], rows)
        lines.append("")
    if without_test:
        names = ", ".join(f"`{finding.item}`" for finding in without_test)
        lines += [f"{len(without_test)} required items have no test yet, which decides INCOMPLETE: {names}", ""]
    return lines


def _waivers(record: Record) -> list[str]:
    used, others = waived(record)
    lines: list[str] = []
    if used:
        lines += ["### Waivers, and what they hide", ""]
        rows = [
            (f"`{w.item}`", quoted(clipped(w.hides)), quoted(w.why), quoted("; ".join(w.signed_by)), w.until[:10])
            for w in used
        ]
        lines += [*table(["item", "hides", "why", "approved by", "until"], rows), ""]
    if others:
        lines += ["Waivers that hide nothing:", "", *(f"- {quoted(idle(waiver))}" for waiver in others), ""]
    return lines


def _all(record: Record, checklist: Checklist) -> list[str]:
    shown, _ = implemented(record.findings)
    rows = [(_outcome(f), f"`{f.item}`", quoted(checklist.by_id[f.item].title), f"{f.seconds:.1f} s") for f in shown]
    head = f"<details><summary>{len(shown)} items</summary>"
    return [head, "", *table(["outcome", "item", "line of the checklist", "took"], rows), "", "</details>", ""]


def _outcome(finding: FindingEntry) -> str:
    return f"**{finding.outcome}**" + (f" {quoted(finding.reason)}" if finding.reason else "")
