"""The decision page of one run, from its record alone."""

from __future__ import annotations

from collections.abc import Iterable

from golive.checklist import Checklist
from golive.evidence.record import FindingEntry, Record, WaiverEntry
from golive.report.decision_page import render as render_page
from golive.report.page import Line, Page, Waived
from golive.report.words import blockers, idle, scope, seen, waived


def render(record: Record, checklist: Checklist) -> str:
    """The page: what this run decided. Sign-off and what other runs found are the ledger's."""
    return render_page(page(record, checklist))


def page(record: Record, checklist: Checklist) -> Page:
    """What the page shows of a record."""
    found = {finding.item: finding for finding in record.findings}
    required = frozenset(record.required)
    release = record.identity.release or "not named"
    used, others = waived(record)
    lines = tuple(
        Line(item, found.get(item.id), item.id in required)
        for item in checklist.items
        if item.id in found or item.id in required
    )
    return Page(
        subject=f"{_scope(record, checklist)} of {record.target_title}, release {release}",
        verdict=record.decision.verdict,
        words=record.decision.words,
        made=record.ended,
        phases=checklist.phases,
        lines=lines,
        waivers=tuple(waived_entry(waiver) for waiver in used),
        idle_waivers=tuple(map(idle, others)),
        notes=notes(blockers(record)),
        origin={
            "target": f"{record.target_title} ({record.target})",
            "builds that answered": ", ".join(f"{s} {b}" for s, b in sorted(record.identity.builds.items())) or "none",
            "run": f"{record.run}, {record.started[:19]}Z to {record.ended[:19]}Z",
            "suite": f"golive {record.suite_version}",
            "note": record.note or "none",
        },
    )


def waived_entry(waiver: WaiverEntry) -> Waived:
    """A waiver as the page shows it; who approved it is told by keys."""
    by = "; ".join(waiver.signed_by) or waiver.approved_by
    return Waived(waiver.item, waiver.hides, f"{waiver.why} ({waiver.ticket})", by, f"{waiver.until[:16]}Z")


def notes(findings: Iterable[FindingEntry]) -> dict[str, str]:
    """The Notes of the checklist; what did not hold are its issues, and the rest is for people to write."""
    issues = "\n".join(f"{f.item}: {_first(f.message)}" for f in findings if f.outcome == "FAIL")
    return {"Deployment completed on": "", "Issues encountered": issues, "Resolution": "", "Follow-up actions": ""}


def _first(message: str) -> str:
    return " ".join(seen(message).split("\n")[:2])


def _scope(record: Record, checklist: Checklist) -> str:
    whole = frozenset(record.required) == checklist.by_id.keys()
    return "the whole checklist" if whole else scope(record, checklist)
