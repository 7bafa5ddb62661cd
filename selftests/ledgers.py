"""Records of runs as a selftest needs them, put into a ledger at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from golive import checklist as checklists
from golive.checklist import Checklist
from golive.evidence.ledger import Ledger, ledger
from golive.evidence.record import DecisionEntry, Digests, EvidenceEntry, FindingEntry, Identity, Record, WaiverEntry
from golive.evidence.standing import Stands
from golive.evidence.verification import Answer, Question, answer
from selftests.people import NOW, People

CHECKLIST = checklists.load(Path(__file__).parent.parent / "checklist.toml")
BUILDS: Mapping[str, str] = {"gateway": "r1"}
POLICY = "c" * 64
"""sha256 of the checklist that all of these records were decided by."""
MINUTE = timedelta(minutes=1)


def finding(
    item: str, outcome: str = "PASS", at: datetime = NOW, message: str = "", fields: Mapping[str, Any] | None = None
) -> FindingEntry:
    return FindingEntry.model_validate(
        {
            "item": item, "outcome": outcome, "reason": "timeout" if outcome == "UNKNOWN" else None, "hint": "",
            "message": message or ("it does not hold" if outcome == "FAIL" else ""), "nodeid": f"tests::{item}",
            "evidence": [EvidenceEntry(subject="Seen", fields=dict(fields or {}))], "started": at.isoformat(),
            "seconds": 0.1, "versions": {},
        }
    )  # fmt: skip


def not_run(item: str) -> FindingEntry:
    return finding(item, "UNKNOWN").model_copy(update={"reason": "not_run", "nodeid": "", "started": ""})


def record(
    run: str,
    *findings: FindingEntry,
    at: datetime = NOW,
    builds: Mapping[str, str] = BUILDS,
    waivers: Sequence[WaiverEntry] = (),
    **changes: Any,
) -> Record:
    bad = [found for found in findings if found.outcome in {"FAIL", "UNKNOWN"}]
    verdict = "NO-GO" if any(found.outcome == "FAIL" for found in bad) else "INCOMPLETE" if bad else "GO"
    items = [found.item for found in findings]
    decision = DecisionEntry.model_validate({"verdict": verdict, "words": verdict, "required": items})
    fields: dict[str, Any] = {
        "schema_version": 1, "run": run, "suite_version": "0.1.0", "target": "bare", "target_title": "Bare", "note": "",
        "command": ["pytest"], "started": (at - MINUTE).isoformat(), "ended": at.isoformat(), "interrupted": False,
        "identity": Identity(release="r1", builds=dict(builds), cluster_uid="", cluster_uid_absent_because="none"),
        "digests": Digests(checklist=POLICY, target="t" * 64), "required": items, "phases": {},
        "decision": decision, "findings": list(findings),
        "waivers": list(waivers), "journal_sha256": hashlib.sha256(b"").hexdigest(),
    }  # fmt: skip
    return Record.model_validate(fields | changes)


def waiver(item: str, until: datetime) -> WaiverEntry:
    return WaiverEntry.model_validate(
        dict.fromkeys(WaiverEntry.model_fields, "x")
        | {"item": item, "standing": "used", "until": until.isoformat(), "hides": "FAIL: x", "signed_by": ["Four"]}
    )


@dataclass
class Release:
    """A ledger with people, one checklist, and no project around it."""

    folder: Path
    checklist: Checklist
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.folder)

    @property
    def ledger(self) -> Ledger:
        return ledger(self.folder, "bare", "r1", self.people.roles)

    @property
    def roles_sha256(self) -> str:
        return hashlib.sha256((self.folder / "roles.toml").read_bytes()).hexdigest()

    def enter(self, *records: Record, by: str = "suite") -> None:
        for each in records:
            run = self.folder / "runs" / each.run
            run.mkdir(parents=True)
            (run / "record.jsonl").write_bytes(b"")
            (run / "record.json").write_text(each.model_dump_json(indent=1), encoding="utf-8")
            self.ledger.enter(run, self.people.signers[by], NOW)

    def question(self, gate: str = "whole", now: datetime = NOW) -> Question:
        return Question(self.ledger, gate, self.checklist, POLICY, self.roles_sha256, now, self.folder)

    def answer(self, gate: str = "whole", now: datetime = NOW, *, signed: bool = False) -> Answer:
        return answer(self.question(gate, now), signed=signed)

    def stands(self, item: str, now: datetime = NOW) -> Stands:
        """What stands for one item."""
        return self.answer(now=now).standing.items[item]


def only(checklist: Checklist, items: Iterable[str]) -> Checklist:
    """The checklist with these items alone."""
    wanted = set(items)
    return checklist.model_copy(update={"items": tuple(item for item in checklist.items if item.id in wanted)})
