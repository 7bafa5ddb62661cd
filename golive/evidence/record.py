"""The run record: ``record.jsonl`` grows while the run goes on, ``record.json`` closes it.

Each line is written and flushed at once, so that a killed run leaves what it knew and what it was doing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from golive.finding import Finding

SCHEMA_VERSION = 1
BEGUN = ("schema_version", "run", "suite_version", "target", "target_title", "started", "required")
"""What the journal's first line says of the record, under the record's own names."""
CLOSED = ("note", "command", "ended", "interrupted", "identity", "digests", "phases", "decision", "waivers")
"""And its last one. Its lines between say the findings."""


class Strict(BaseModel):
    """Base of the record's models."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EvidenceEntry(Strict):
    """One fact that was looked at."""

    subject: str
    fields: dict[str, Any]


class FindingEntry(Strict):
    """What the run says of one item."""

    item: str
    outcome: Literal["PASS", "FAIL", "UNKNOWN", "WAIVED", "NOT APPLICABLE"]
    reason: str | None
    message: str
    hint: str
    evidence: list[EvidenceEntry]
    nodeid: str
    started: str
    seconds: float
    versions: dict[str, str]
    must: str = Field(default="", description="what has to hold, by the item's test")

    @property
    def headline(self) -> str:
        """The outcome, and its reason where it has one."""
        return " ".join(filter(None, (self.outcome, self.reason)))


class DecisionEntry(Strict):
    """A verdict over a set of required items."""

    verdict: Literal["GO", "NO-GO", "INCOMPLETE"]
    words: str
    required: list[str]


class Identity(Strict):
    """Which release the run looked at. An empty field matches nothing but itself."""

    release: str
    builds: dict[str, str]
    cluster_uid: str
    cluster_uid_absent_because: str


class Digests(Strict):
    """sha256 of the inputs, as read; empty where the target names none."""

    checklist: str
    target: str
    roles: str = ""
    waivers: dict[str, str] = Field(default_factory=dict, description="by file name")


class WaiverEntry(Strict):
    """A waiver that the run knew, what became of it, and what it hides."""

    item: str
    standing: Literal["used", "no longer needed", "unused", "expired", "not yet", "other release", "not signed"]
    because: str
    hides: str
    why: str
    author: str
    approved_by: str
    role: str
    ticket: str
    created: str
    until: str
    release: str
    file: str
    signed_by: list[str]


class Record(Strict):
    """A closed run."""

    schema_version: Literal[1] = Field(description="version of this schema")
    run: str
    suite_version: str
    target: str
    target_title: str
    note: str
    command: list[str]
    started: str
    ended: str
    interrupted: bool
    identity: Identity
    digests: Digests
    required: list[str]
    phases: dict[str, DecisionEntry]
    decision: DecisionEntry
    findings: list[FindingEntry]
    waivers: list[WaiverEntry] = Field(default_factory=list)
    journal_sha256: str = Field(description="sha256 of record.jsonl when the record was closed")


class Journal:
    """The growing ``record.jsonl`` of one run."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("a", encoding="utf-8")

    def write(self, kind: str, **fields: Any) -> None:
        """Append one line and hand it to the operating system."""
        self._file.write(json.dumps({"type": kind, **fields}, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> str:
        """Close the file; gives the sha256 of all that was written."""
        self._file.close()
        return sha256_of(self.path)


def read_journal(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every whole line of a journal, also of a run that was killed while writing one."""
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            entry: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError:
            return  # the last line of a killed run
        yield entry


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def entry_of(finding: Finding) -> FindingEntry:
    """A finding as it stands in the record."""
    return FindingEntry.model_validate(finding.to_json())


def schema() -> dict[str, Any]:
    """JSON Schema of ``record.json``; ``docs/record.schema.json`` is generated from it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Record.model_json_schema()}
