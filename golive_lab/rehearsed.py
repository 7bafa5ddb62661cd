"""A rehearsal of the lab's rollback on a staging that never was, signed by the lab's suite.

Written without golive's own code, as statements and records are.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from golive_lab.images import EARLIER_RELEASE
from golive_lab.statements import STAGING, SUITE, Person, Statements, stamp

KIND: Final = "application/vnd.golive.rehearsal+json"
LOOKS: Final = {
    "before": ("deployment.application_release", "deployment.workloads"),
    "rolled_back": ("rollback.application", "rollback.workloads"),
    "rolled_forward": ("deployment.application_release", "deployment.workloads"),
}


@dataclass(frozen=True)
class LabRehearsal:
    """The one rehearsal of a release; ``people`` have the keys."""

    people: Statements
    release: str

    @property
    def path(self) -> Path:
        """Its file."""
        return self.people.folder / STAGING / "rehearsals" / self.release / "rehearsal.dsse.json"

    def enter(self, by: Person = SUITE, days_ago: float = 0.0, failed: str = "", **changes: Any) -> None:
        """Write it, or write it anew. ``failed``: an item that did not hold once it was rolled back."""
        ended = datetime.now(UTC) - timedelta(days=days_ago, minutes=5)
        looks = {when: _look(when, items, failed) for when, items in LOOKS.items()}
        says = {
            "kind": "rollback", "run": "rehearsal", "suite_version": "lab", "target": STAGING, "release": self.release,
            "earlier_release": EARLIER_RELEASE, "looks": looks, "started": stamp(ended - timedelta(minutes=4)),
            "revisions": {"current": 2, "earlier": 1, "rolled_back": 3, "rolled_forward": 4},
            "ended": stamp(ended), "journal_sha256": hashlib.sha256(b"").hexdigest(), **changes,
        }  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.people.seal(json.dumps(says).encode(), KIND, by)), encoding="utf-8")


def _look(when: str, items: tuple[str, ...], failed: str) -> dict[str, Any]:
    outcomes = {item: "FAIL" if item == failed else "PASS" for item in items}
    return {"run": f"run-{when}", "record_sha256": hashlib.sha256(when.encode()).hexdigest(), "outcomes": outcomes}


def rehearsal(people: Statements) -> LabRehearsal:
    """That of the lab's release."""
    return LabRehearsal(people, str(json.loads(people.path("support").read_text(encoding="utf-8"))["release"]))
