"""What the lab's people have stated: keys, a role map, and signed statements in a folder of the lab.

Written without golive's own code, envelopes included (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md),
so that golive's reading is not checked against golive's writing. The people do not exist; their keys do.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from golive_lab import source_files
from golive_lab.standins.people import FIRST, SECOND

FOLDER, DOCUMENTS, PRIVATE, STAGING = "evidence", "documents", "evidence-keys", "staging"
KIND = "application/vnd.golive.attestation+yaml"
DAYS = 30.0
ANSWERED = 65.0
"""Minutes ago, when people answered the roll-call: before it was signed."""


@dataclass(frozen=True)
class Person:
    """Somebody of the lab, and the role that their key speaks for."""

    role: str
    name: str


LEAD = Person("engineering_lead", "Lab's engineering lead")
OWNER = Person("product_owner", "Lab's product owner")
OFFICER = Person("security_officer", "Lab's security officer")
MANAGER = Person("operations_manager", "Lab's operations manager")
PILOTS = (Person("pilot_user", "Pilot user one"), Person("pilot_user", "Pilot user two"))
SUITE = Person("suite", "Lab's suite")
PEOPLE = (LEAD, OWNER, OFFICER, MANAGER, *PILOTS, SUITE)


@dataclass(frozen=True)
class Said:
    """One statement as it stands in the good world."""

    item: str
    person: Person
    statement: str
    documents: tuple[str, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)


SAID: Mapping[str, Said] = {
    "uat-one": Said("testing.uat", PILOTS[0], "I have used this release for my daily work and accept it."),
    "uat-two": Said("testing.uat", PILOTS[1], "I have used this release for my daily work and accept it."),
    "exercise": Said(
        "testing.disaster_recovery", MANAGER, "The second site took over and was restored from backups.",
        ("exercise.md",), {"rto_minutes": 38, "rpo_minutes": 4},
    ),
    "plan": Said(
        "preflight.rollback_plan_reviewed", LEAD, "I have read the rollback plan for this release.", ("rollback.md",)
    ),
    "rollback-plan": Said(
        "application.rollback_plan", LEAD, "The plan by which this release is rolled back is approved.",
        ("rollback.md",),
    ),
    "escalation": Said(
        "documentation.escalation", OWNER, "The procedure is complete, and known to those on call.", ("escalation.md",)
    ),
    "configuration": Said(
        "application.configuration", LEAD, "I have reviewed the charts and values of this release and approve them.",
        ("configuration.txt",),
    ),
    "guide": Said(
        "documentation.user", OWNER, "The user guide describes all that customers get with this release.", ("guide.md",)
    ),
    "standby": Said(
        "preflight.team_on_standby", MANAGER, "Who answered my roll-call for this release stands in the list.",
        ("roll-call.yaml",),
    ),
    "support": Said("postdeploy.support_briefed", MANAGER, "The support team was briefed about this release."),
    "notified": Said("postdeploy.users_notified", OWNER, "All customers were told that this release is live."),
    "cause": Said("rollback.root_cause", LEAD, "The cause of the rollback of this release is being looked for."),
    "incident": Said(
        "rollback.incident_report", LEAD, "The report on the rollback of this release is complete.", ("incident.md",)
    ),
    "fix": Said("rollback.fix_tested", LEAD, "The cause that made us roll this release back is known and fixed."),
    "again": Said("rollback.rescheduled", LEAD, "The fix of this release goes live by the new change."),
    "feedback": Said("postdeploy.user_feedback", OWNER, "Customers' feedback on this release is positive."),
}  # fmt: skip


class Statements:
    """The evidence folder of one lab, in the lab's own folder."""

    def __init__(self, lab: Path) -> None:
        self.folder, self.documents = lab / FOLDER, lab / FOLDER / DOCUMENTS
        self._private = lab / PRIVATE

    def make(self, target: str, release: str) -> None:
        """Write keys, role map, documents and every statement."""
        for folder in (self.folder / "attestations", self.folder / "waivers", self.documents):
            folder.mkdir(parents=True)
        self._private.mkdir(mode=0o700)
        for person in PEOPLE:
            (self._private / person.name).write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
        (self.folder / "roles.toml").write_text("\n".join(map(self._bound, PEOPLE)), encoding="utf-8")
        for name in ("rollback.md", "exercise.md", "escalation.md", "guide.md", "incident.md"):
            (self.documents / name).write_text(f"# {name} of the lab\n", encoding="utf-8")
        (self.documents / "configuration.txt").write_text(source_files.listing(source_files.files()), encoding="utf-8")
        self.call_roll()
        for name in SAID:
            self.state(name, target=target, release=release)

    def call_roll(self, people: Iterable[str] = FIRST + SECOND, minutes: float = ANSWERED) -> None:
        """Write the list of who answered the roll-call, so many minutes ago."""
        at = stamp(datetime.now(UTC) - timedelta(minutes=minutes))
        answers = [{"user": user, "at": at, "by": "Slack"} for user in people]
        (self.documents / "roll-call.yaml").write_text(json.dumps({"answers": answers}, indent=1), encoding="utf-8")

    def state(self, name: str, by: Person | None = None, **changes: Any) -> None:
        """Write one statement, or write it anew, and have it signed. ``by``: somebody else than who states it."""
        path, said = self.path(name), SAID[name]
        now = datetime.now(UTC).replace(microsecond=0)
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        fields = {
            "item": said.item, "role": said.person.role, "name": said.person.name, "statement": said.statement,
            "evidence": [self._document(document) for document in said.documents],
            "measured": {figure: str(value) for figure, value in said.measured.items()},
            "signed_at": stamp(now - timedelta(hours=1)), "valid_until": stamp(now + timedelta(days=DAYS)),
            **{kept: before[kept] for kept in ("target", "release") if kept in before}, **changes,
        }  # fmt: skip
        # JSON is YAML, and needs no library.
        path.write_text(json.dumps(fields, indent=1), encoding="utf-8")
        self.sign(name, by or said.person)

    def sign(self, name: str, by: Person) -> None:
        """Put one signature under a statement, in place of those that are there."""
        envelope = self.seal(self.path(name).read_bytes(), KIND, by)
        self.envelope(name).write_text(json.dumps(envelope), encoding="utf-8")

    def seal(self, payload: bytes, kind: str, by: Person) -> dict[str, Any]:
        """An envelope of these bytes with one signature."""
        key = self._key(by)
        encoded = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
        signature = {"keyid": _key_id(key), "sig": base64.b64encode(key.sign(encoded)).decode()}
        return {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind,
            "signatures": [signature],
        }

    def path(self, name: str) -> Path:
        """The file of a statement."""
        return self.folder / "attestations" / f"{name}.yaml"

    def envelope(self, name: str) -> Path:
        """The file of its signature."""
        return self.folder / "attestations" / f"{name}.yaml.dsse.json"

    def overlay(self) -> dict[str, Any]:
        """Where all of it is, for the target."""
        return {
            "evidence": {
                "folder": str(self.folder),
                "roles": str(self.folder / "roles.toml"),
                "rollback_plan": str(self.documents / "rollback.md"),
                "configuration": str(self.documents / "configuration.txt"),
                "user_documentation": str(self.documents / "guide.md"),
                "escalation": str(self.documents / "escalation.md"),
                "roll_call": str(self.documents / "roll-call.yaml"),
                "load_test": {"folder": str(self.folder / STAGING)},
                "rehearsal": {"folder": str(self.folder / STAGING)},
            },
            "rollback": {
                "report": str(self.documents / "incident.md"),
                "tested": {"folder": str(self.folder / STAGING)},
            },
        }

    def _key(self, person: Person) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes((self._private / person.name).read_bytes())

    def _bound(self, person: Person) -> str:
        public = base64.b64encode(self._key(person).public_key().public_bytes_raw()).decode()
        return f'[[key]]\nrole = "{person.role}"\nname = "{person.name}"\npublic = "{public}"\n'

    def _document(self, name: str) -> dict[str, str]:
        path = self.documents / name
        return {"uri": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def stamp(moment: datetime) -> str:
    """A moment as statements write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key_id(key: Ed25519PrivateKey) -> str:
    """The id that follows from a key: sha256 of its public half as canonical JSON, as TUF and in-toto have it."""
    public = {
        "keytype": "ed25519",
        "keyval": {"public": key.public_key().public_bytes_raw().hex()},
        "scheme": "ed25519",
    }
    return hashlib.sha256(json.dumps(public, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
