"""A ledger of the lab: one signed record of a run that never was, and the signatures of the lab's people under it.

Written without golive's own code, as statements are; what a record must hold is said by docs/record.schema.json.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from golive_lab.standins.change import FIX
from golive_lab.statements import LEAD, MANAGER, OFFICER, OWNER, STAGING, SUITE, Person, Statements, stamp

CHECKLIST = Path(__file__).parents[1] / "checklist.toml"
"""Of the repository that the lab is of: a signature names its sha256."""
PERFORMANCE = ("api_latency", "stream_latency", "log_errors", "resources", "database_queries")
RATE = 60.0
GATE = "close"
SIGNERS = (LEAD, OWNER, OFFICER, MANAGER)
_RESULT, _SIGN_OFF = "application/vnd.in-toto+json", "application/vnd.golive.sign-off+json"


@dataclass(frozen=True)
class LabLedger:
    """The ledger of one release in a folder of evidence; ``people`` are those who sign."""

    people: Statements
    home: Path
    target: str
    release: str

    @property
    def folder(self) -> Path:
        """Where chain and records are."""
        return self.home / "ledger" / self.release

    def enter(
        self,
        by: Person = SUITE,
        days_ago: float = 0.0,
        rate: float = RATE,
        failed: Iterable[str] = (),
        run: str = "run",
    ) -> None:
        """Put one record of the performance phase in, after those that are there."""
        ended = datetime.now(UTC) - timedelta(days=days_ago, minutes=5)
        raw = json.dumps(_record(self, ended, rate, frozenset(failed), run)).encode()
        statement = json.dumps(_statement(json.loads(raw), hashlib.sha256(raw).hexdigest())).encode()
        held = {"record": base64.b64encode(raw).decode(), "envelope": self.people.seal(statement, _RESULT, by)}
        place = self.folder / "records" / f"{run}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(held), encoding="utf-8")
        self._link(place)

    def sign(self, person: Person, by: Person | None = None, signed_at: datetime | None = None) -> None:
        """Sign the head of the chain as one of the four roles."""
        says = {
            "target": self.target, "release": self.release, "gate": GATE, "role": person.role, "decision": "GO",
            "ledger": json.loads(self._lines()[-1])["hash"], "checklist": _sha256(CHECKLIST),
            "roles": _sha256(self.people.folder / "roles.toml"), "signed_at": stamp(signed_at or datetime.now(UTC)),
        }  # fmt: skip
        path = self.signature(person)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(self.people.seal(json.dumps(says).encode(), _SIGN_OFF, by or person)), encoding="utf-8"
        )

    def signature(self, person: Person) -> Path:
        """The file of a role's signature."""
        return self.folder / "signatures" / GATE / f"{person.role}.dsse.json"

    def _lines(self) -> list[str]:
        path = self.folder / "chain.jsonl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def _link(self, place: Path) -> None:
        lines = self._lines()
        fields = {
            "number": len(lines) + 1, "kind": "record", "at": datetime.now(UTC).isoformat(),
            "file": place.relative_to(self.folder).as_posix(), "sha256": _sha256(place),
            "previous": json.loads(lines[-1])["hash"] if lines else "0" * 64,
        }  # fmt: skip
        line = _canonical({**fields, "hash": hashlib.sha256(_canonical(fields).encode()).hexdigest()})
        with (self.folder / "chain.jsonl").open("a", encoding="utf-8") as chain:
            chain.write(f"{line}\n")


def _record(ledger: LabLedger, ended: datetime, rate: float, failed: frozenset[str], run: str) -> dict[str, Any]:
    course = {"subject": "LoadCourse", "fields": {"rate": rate}}
    findings: list[dict[str, Any]] = [
        {
            "item": f"performance.{name}", "outcome": "FAIL" if name in failed else "PASS", "reason": None,
            "message": "too slow" if name in failed else "", "hint": "", "nodeid": f"tests_performance/test_{name}.py",
            "evidence": [course] if name == "api_latency" else [], "started": ended.isoformat(), "seconds": 1.0,
            "versions": {},
        }
        for name in PERFORMANCE
    ]  # fmt: skip
    items = [finding["item"] for finding in findings]
    decision = {"verdict": "NO-GO" if failed else "GO", "words": "of the lab", "required": items}
    return {
        "schema_version": 1, "run": run, "suite_version": "lab", "target": ledger.target, "target_title": "Lab",
        "note": "", "command": ["pytest"], "started": ended.isoformat(), "ended": ended.isoformat(),
        "interrupted": False, "required": items, "phases": {"performance": decision}, "decision": decision,
        "identity": {
            "release": ledger.release, "builds": {}, "cluster_uid": "", "cluster_uid_absent_because": "a lab's record",
        },
        "digests": {"checklist": _sha256(CHECKLIST), "target": "0" * 64}, "findings": findings,
        "journal_sha256": "0" * 64,
    }  # fmt: skip


def _statement(record: dict[str, Any], sha256: str) -> dict[str, Any]:
    passed = [finding["item"] for finding in record["findings"] if finding["outcome"] == "PASS"]
    failed = [finding["item"] for finding in record["findings"] if finding["outcome"] != "PASS"]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": f"record of {record['run']}", "digest": {"sha256": sha256}}],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": "FAILED" if failed else "PASSED",
            "configuration": [
                {"name": "checklist", "digest": {"sha256": record["digests"]["checklist"]}},
                {"name": f"target {record['target']}", "digest": {"sha256": record["digests"]["target"]}},
            ],
            "passedTests": passed,
            "failedTests": failed,
        },
    }


def _canonical(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ledgers(people: Statements) -> dict[str, LabLedger]:
    """The release's, that of staging, where its load test was run, and that of a fix, which was tested there, too."""
    said = json.loads(people.path("support").read_text(encoding="utf-8"))
    target, release = said["target"], said["release"]
    return {
        "release": LabLedger(people, people.folder, target, release),
        "staging": LabLedger(people, people.folder / STAGING, STAGING, release),
        "fix": LabLedger(people, people.folder / STAGING, STAGING, FIX),
    }


def make(people: Statements) -> None:
    """All ledgers as they stand in the good world."""
    found = ledgers(people)
    for ledger in found.values():
        ledger.enter()
    for person in SIGNERS:
        found["release"].sign(person)
