"""``checklist.md``: a filled-in copy of the checklist. A box is ticked by a PASS and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from golive.checklist import Checklist, Item
from golive.evidence.record import FindingEntry, Record
from golive.report.markdown import clipped, quoted
from golive.report.words import blockers, owner

_LINE = "\\_" * 25


def render(record: Record, checklist: Checklist) -> str:
    """The document: every line of the checklist in the order of the day, whether this run looked at it or not."""
    found = {finding.item: finding for finding in record.findings}
    lines = [
        "# Production deployment checklist",
        "",
        f"{quoted(record.target_title)}, release {quoted(record.identity.release or 'not named')}: what the run "
        f"`{record.run}` found. {quoted(record.decision.words)}.",
    ]
    for phase in checklist.phases:
        items = [item for item in checklist.items if item.phase == phase.name]
        lines += ["", f"## {quoted(phase.title)} · {phase.name}"]
        if phase.name == "signoff":
            lines += ["", *(_signature(item, found.get(item.id)) for item in items)]
            continue
        for section, of_section in groupby(items, key=lambda item: item.section):
            if section != phase.name:
                lines += ["", f"### {section.replace('_', ' ').capitalize()}"]
            lines += ["", *(_box(item, found.get(item.id)) for item in of_section)]
    return "\n".join([*lines, "", *_notes(record, checklist)]) + "\n"


def _box(item: Item, finding: FindingEntry | None) -> str:
    if finding is None:
        return f"- [ ] {quoted(item.title)} · `{item.id}`: not looked at in this run"
    if finding.outcome == "PASS":
        return f"- [x] {quoted(item.title)} · `{item.id}`: {finding.started[:19]}Z"
    said = quoted(clipped(finding.message, lines=1))
    reason = f" {quoted(finding.reason)}" if finding.reason else ""
    return f"- [ ] {quoted(item.title)} · `{item.id}`: **{finding.outcome}**{reason}{said and f': {said}'}"


def _signature(item: Item, finding: FindingEntry | None) -> str:
    signed = finding is not None and finding.outcome == "PASS"
    words = f"signed, {finding.started[:10]}" if finding and signed else f"{_LINE} Date: {_LINE[:18]}"
    return f"**{quoted(item.title)}**: {words}\n"


def _notes(record: Record, checklist: Checklist) -> Iterator[str]:
    yield "## Notes"
    yield ""
    yield f"Deployment completed on: {_LINE}"
    yield ""
    yield "Issues encountered:"
    yield ""
    issues = [f for f in blockers(record) if f.outcome == "FAIL"]
    for issue in issues:
        yield f"- `{issue.item}` ({owner(checklist, issue.item)}): {quoted(clipped(issue.message, lines=1))}"
    if not issues:
        yield "- none was found by this run"
    yield ""
    yield f"Resolution: {_LINE}"
    yield ""
    yield f"Follow-up actions: {_LINE}"
