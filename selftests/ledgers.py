"""Records of runs as a selftest needs them, put into a ledger at any time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from golive import checklist as checklists
from golive.checklist import Checklist
from golive.evidence.ledger import Ledger, ledger
from golive.evidence.record import (
    BEGUN,
    CLOSED,
    DecisionEntry,
    Digests,
    EvidenceEntry,
    FindingEntry,
    Identity,
    Record,
    WaiverEntry,
)
from golive.evidence.standing import Stands
from golive.evidence.verification import Answer, Question, answer
from selftests.people import NOW, People

CHECKLIST = checklists.load(Path(__file__).parent.parent / "checklist.toml")
BUILDS: Mapping[str, str] = {"gateway": "r1"}
POLICY = "c" * 64
"""sha256 of the checklist that all of these records were decided by."""
MINUTE = timedelta(minutes=1)
RED = "it does not hold"
HIDDEN = f"FAIL: {RED}"
"""What every waiver here hides."""


def finding(
    item: str,
    outcome: str = "PASS",
    at: datetime = NOW,
    message: str = "",
    fields: Mapping[str, Any] | None = None,
    until: datetime | None = None,
    hides: str = HIDDEN,
) -> FindingEntry:
    """``until``, ``hides``: the end of its waiver, and what that hides, where it is WAIVED."""
    if outcome == "WAIVED" and until:
        message = f"waived until {until:%Y-%m-%d %H:%M} UTC by x (x); hides {hides}"
    return FindingEntry.model_validate(
        {
            "item": item, "outcome": outcome, "reason": "timeout" if outcome == "UNKNOWN" else None, "hint": "",
            "message": message or (RED if outcome == "FAIL" else ""), "nodeid": f"tests::{item}",
            "evidence": [EvidenceEntry(subject="Seen", fields=dict(fields or {}))], "started": at.isoformat(),
            "seconds": 0.1, "versions": {},
        }
    )  # fmt: skip


def not_run(item: str) -> FindingEntry:
    """What a run says of an item that it was asked for and did not look at."""
    changes = {"reason": "not_run", "message": "its test was not run", "nodeid": "", "started": ""}
    return finding(item, "UNKNOWN").model_copy(update=changes)


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
        "waivers": list(waivers), "journal_sha256": "",
    }  # fmt: skip
    return with_journal(Record.model_validate(fields | changes))


def waiver(item: str, until: datetime) -> WaiverEntry:
    return WaiverEntry.model_validate(
        dict.fromkeys(WaiverEntry.model_fields, "x")
        | {"item": item, "standing": "used", "until": until.isoformat(), "hides": HIDDEN, "signed_by": ["Four"]}
    )


def journal_of(found: Record) -> str:
    """The journal of the run that was closed with this record."""
    says = found.model_dump(mode="json")
    lines = [
        {"type": "run", **{name: says[name] for name in BEGUN}},
        *({"type": "finding", **_looked_at(each)} for each in says["findings"]),
        {"type": "end", **{name: says[name] for name in CLOSED}},
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def _looked_at(found: Mapping[str, Any]) -> dict[str, Any]:
    """A finding before its waiver was applied."""
    if found["outcome"] != "WAIVED":
        return dict(found)
    head, _, message = (found["message"].partition("; hides ")[2] or HIDDEN).partition(": ")
    outcome, _, reason = head.partition(" ")
    return {**found, "outcome": outcome, "reason": reason or None, "message": message}


def with_journal(found: Record) -> Record:
    """The record, with the digest of its journal."""
    return found.model_copy(update={"journal_sha256": hashlib.sha256(journal_of(found).encode()).hexdigest()})


def close(found: Record, run: Path) -> Path:
    """Leave a record and its journal in the folder of a run, as the suite does; gives the folder."""
    run.mkdir(parents=True, exist_ok=True)
    (run / "record.jsonl").write_text(journal_of(found), encoding="utf-8")
    (run / "record.json").write_text(with_journal(found).model_dump_json(indent=1), encoding="utf-8")
    return run


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
            self.ledger.enter(close(each, self.folder / "runs" / each.run), self.people.signers[by], NOW)

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
