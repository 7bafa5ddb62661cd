"""May this release pass a gate? Decided from files alone, offline: what a CI job asks before it promotes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from golive.checklist import Checklist
from golive.decision import Decision, Verdict, decide
from golive.errors import Reason
from golive.evidence import intoto, signoff
from golive.evidence.gates import GATES, required
from golive.evidence.identity import RED, STATED
from golive.evidence.ledger import Ledger, checklists
from golive.evidence.record import FindingEntry, sha256_of
from golive.evidence.signoff import Checked, Expected
from golive.evidence.standing import Standing, Stands, standing
from golive.finding import Finding, Outcome

SIGN_OFF = "signoff"


@dataclass(frozen=True)
class Question:
    """A gate of a release, asked at a moment. ``checklist_sha256``, ``roles_sha256``: of the files as they are.

    ``root``: the folder from which statements name documents. ``tested``: the items that have a test by now; None where
    that is not known.
    """

    ledger: Ledger
    gate: str
    checklist: Checklist
    checklist_sha256: str
    roles_sha256: str
    now: datetime
    root: Path
    tested: Collection[str] | None = None

    @property
    def expected(self) -> Expected:
        """What a signature must be of."""
        return Expected(self.ledger, self.gate, self.checklist_sha256, self.roles_sha256, self.now)


@dataclass(frozen=True)
class Answer:
    """What stands for the items of a gate, and the decision that follows. ``against``: why it may not be relied on."""

    question: Question
    items: tuple[Stands, ...]
    standing: Standing
    decision: Decision
    signatures: tuple[Checked, ...]
    against: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether the release may pass."""
        return self.decision.verdict is Verdict.GO and not self.against

    def summary(self) -> dict[str, Any]:
        """The SLSA verification summary of it."""
        asked = self.question
        return intoto.summary(
            release=asked.ledger.release,
            ledger=asked.ledger.digest,
            policy=asked.checklist_sha256,
            inputs=[(entered.record.run, entered.sha256) for entered in asked.ledger.records],
            level=f"GOLIVE_{asked.gate.upper().replace('-', '_')}",
            good=self.good,
            at=asked.now,
        )


def answer(asked: Question, *, signed: bool, until: datetime | None = None) -> Answer:
    """Decide a gate. ``signed``: whether the four signatures are asked for; ``until``: when it must still hold.

    Raises Broken for a ledger that is not whole.
    """
    ledger, checklist = asked.ledger, asked.checklist
    found = standing(ledger.records, ledger.reasons, checklist, asked.now, asked.tested)
    checked = signoff.signatures(asked.expected)
    items = tuple(_item(asked, found, item, checked) for item in required(asked.gate, checklist))
    against = [f"{stray} lies in the ledger, and no link names it" for stray in ledger.strays()]
    against += checklists(ledger, checklist, asked.checklist_sha256)
    against += _other_roles(items, asked.roles_sha256)
    against += filter(None, [signoff.rewritten(ledger)])
    if signed:
        against += signoff.problems(checked)
    if until is not None:
        against += _lapsing(items, until)
    decision = decide(_finding(stands) for stands in items)
    return Answer(asked, items, found, decision, checked, tuple(against))


def _other_roles(items: Iterable[Stands], sha256: str) -> Iterator[str]:
    """Runs that judged by another role map whose signature a waiver or a statement is, where the item rests on that."""
    resting: dict[int, list[str]] = {}
    for stands in items:
        if stands.look is None or stands.outcome in RED:
            continue
        known = stands.look.record.digests.roles
        stated = stands.outcome == "WAIVED" or (stands.item.established in STATED and known)
        if stated and known != sha256:
            resting.setdefault(stands.look.entered.link.number, []).append(stands.item.id)
    for number, ids in sorted(resting.items()):
        yield f"link {number}: its run used another role map; look again at what rests on it: {', '.join(ids)}"


def _lapsing(items: Iterable[Stands], until: datetime) -> Iterator[str]:
    for stands in items:
        if stands.until is not None and stands.until <= until and stands.outcome not in RED:
            words = f"counts until {stands.until:%Y-%m-%d %H:%M} UTC, and has to until {until:%Y-%m-%d %H:%M} UTC"
            yield f"{stands.item.id}: its {stands.outcome} {words}"


def needs_signatures(gate: str) -> bool:
    """Whether the four signatures belong to that gate."""
    return GATES[gate].signed


def unsigned(answered: Answer) -> Decision:
    """The decision without the signatures: what people look at before they sign."""
    return decide(_finding(stands) for stands in answered.items if stands.item.phase != SIGN_OFF)


def _item(asked: Question, found: Standing, item: str, checked: Iterable[Checked]) -> Stands:
    stands = found.items[item]
    if stands.item.phase != SIGN_OFF:
        return _as_documents_are(stands, asked.root)
    signature = next(each for each in checked if item == f"{SIGN_OFF}.{each.role}")
    reason = Reason.STALE_EVIDENCE if signature.stale else Reason.NO_EVIDENCE
    says = {"outcome": "PASS", "reason": None, "message": "", "hint": ""}
    if signature.refused:
        hint = f"golive sign --role {signature.role}"
        says = {"outcome": "UNKNOWN", "reason": reason.value, "message": signature.refused, "hint": hint}
    blank = {"item": item, "evidence": [], "nodeid": "", "started": asked.now.isoformat(), "seconds": 0, "versions": {}}
    entry = FindingEntry.model_validate({**blank, **says})
    return Stands(stands.item, entry, remark=signature.refused)


def _as_documents_are(stands: Stands, root: Path) -> Stands:
    """What rests on documents stands only while they are what they were; those that are not here are not looked at."""
    if stands.finding is None or stands.outcome != "PASS":
        return stands
    for entry in stands.finding.evidence:
        for name, sha256 in _documents(entry.fields):
            if (root / name).is_file() and sha256_of(root / name) != sha256:
                words = f"{Path(name).name} changed since it was looked at"
                stale = {"outcome": "UNKNOWN", "reason": Reason.STALE_EVIDENCE.value, "message": words}
                return replace(stands, finding=stands.finding.model_copy(update=stale), remark=words)
    return stands


def _documents(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            named = name == "documents" and all(isinstance(each, str) for each in value.values())
            yield from value.items() if named else _documents(value)


def _finding(stands: Stands) -> Finding:
    """As far as a decision asks."""
    entry = stands.finding
    if entry is None:
        return Finding(stands.item.id, Outcome.UNKNOWN, Reason.NOT_RUN)
    return Finding(entry.item, Outcome(entry.outcome), Reason(entry.reason) if entry.reason else None)
