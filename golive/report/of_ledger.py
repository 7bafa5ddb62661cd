"""The decision page of a gate, from the ledger of a release."""

from __future__ import annotations

from golive.evidence.gates import GATES
from golive.evidence.standing import Stands
from golive.evidence.verification import Answer
from golive.report.changes import since_the_release_before, since_the_run_before
from golive.report.decision_page import render as render_page
from golive.report.of_record import notes, waived_entry
from golive.report.page import Line, Page, Signature


def render(answered: Answer) -> str:
    """The page: what people decide from, and what they have signed."""
    return render_page(page(answered))


def page(answered: Answer) -> Page:
    """What the page shows of a gate."""
    asked = answered.question
    ledger, current = asked.ledger, answered.standing.current
    verdict = answered.decision.verdict.value
    lines = tuple(_line(stands) for stands in answered.items)
    hidden = {line.item.id for line in lines if line.outcome == "WAIVED"}
    return Page(
        subject=f"gate {asked.gate}, {GATES[asked.gate].title}: release {ledger.release} on {ledger.target}",
        verdict=verdict,
        words=answered.decision.words,
        made=asked.now.isoformat(),
        phases=asked.checklist.phases,
        lines=lines,
        waivers=tuple(waived_entry(waiver) for waiver in answered.standing.waivers if waiver.item in hidden),
        changes=_changes(answered),
        signatures=tuple(
            Signature(each.role, not each.refused, each.words or each.refused) for each in answered.signatures
        ),
        notes=notes([line.finding for line in lines if line.finding]),
        origin={
            "target": ledger.target,
            "ledger": f"{len(ledger.links)} links, head {ledger.digest}",
            "records": ", ".join(entered.record.run for entered in ledger.records) or "none",
            "builds that answered": _builds(answered),
            "suite": f"golive {current.suite_version}" if current else "none",
            "not to be relied on": "; ".join(answered.against) or "nothing speaks against it",
        },
    )


def _changes(answered: Answer) -> dict[str, tuple[str, ...]]:
    turned = {turn.item: turn.words for turn in answered.standing.turned}
    unchanged = {"a FAIL, with nothing of the release changed": tuple(turned.values())} if turned else {}
    return unchanged | dict(since_the_run_before(answered)) | dict(since_the_release_before(answered))


def _line(stands: Stands) -> Line:
    until = f"{stands.until:%Y-%m-%d %H:%M} UTC" if stands.until else ""
    digest = stands.look.entered.sha256 if stands.look else ""
    return Line(stands.item, stands.finding, digest=digest, until=until)


def _builds(answered: Answer) -> str:
    current = answered.standing.current
    builds = current.identity.builds if current else {}
    return ", ".join(f"{service} {build}" for service, build in sorted(builds.items())) or "none"
