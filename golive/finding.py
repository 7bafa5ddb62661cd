"""Outcomes, evidence and findings: small frozen types that survive a trip through JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

from golive.errors import Reason


class Outcome(StrEnum):
    """What a run may say of an item."""

    PASS = "PASS"  # noqa: S105 - an outcome, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    WAIVED = "WAIVED"
    NOT_APPLICABLE = "NOT APPLICABLE"

    @property
    def counts(self) -> bool:
        """Whether it counts towards GO."""
        return self in {Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE}


_BADNESS = {
    Outcome.NOT_APPLICABLE: 0,
    Outcome.PASS: 1,
    Outcome.WAIVED: 2,
    Outcome.UNKNOWN: 3,
    Outcome.FAIL: 4,
}


def plain(value: object) -> Any:
    """A fact's value as JSON: dataclasses become dicts, sets sorted lists, times ISO 8601, the rest ``str``.

    So do floats that JSON has no word for: ``inf``, ``nan``.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.repr}
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Path):
        return str(value)
    return str(value)


@dataclass(frozen=True)
class Evidence:
    """Named fields of one fact that was looked at; never a raw body or log."""

    subject: str
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, fact: object) -> Evidence:
        """The evidence that a fact (a dataclass instance) gives. Raises TypeError for anything else."""
        if not dataclasses.is_dataclass(fact) or isinstance(fact, type):
            raise TypeError(f"evidence is made of facts (dataclass instances), not of {type(fact).__name__}")
        return cls(type(fact).__name__, plain(fact))


@dataclass(frozen=True)
class Finding:
    """What one run says of one item. ``reason`` stands for every UNKNOWN and for nothing else."""

    item: str
    outcome: Outcome
    reason: Reason | None = None
    message: str = ""
    hint: str = ""
    evidence: tuple[Evidence, ...] = ()
    nodeid: str = ""
    started: str = ""
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    must: str = ""
    """What has to hold: the MUST sentence of the item's test."""

    def __post_init__(self) -> None:
        if (self.outcome is Outcome.UNKNOWN) != (self.reason is not None):
            raise ValueError(f"{self.item}: {self.outcome} with reason {self.reason}: UNKNOWN, and only it, has one")

    @property
    def headline(self) -> str:
        """Outcome and reason code, as proofs and the terminal name them."""
        return f"{self.outcome} {self.reason}" if self.reason else str(self.outcome)

    def to_json(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        result: dict[str, Any] = plain(self)
        return result

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """The finding that ``to_json`` wrote."""
        evidence = tuple(Evidence(e["subject"], e["fields"]) for e in data["evidence"])
        reason = Reason(data["reason"]) if data["reason"] else None
        return cls(**{**data, "outcome": Outcome(data["outcome"]), "reason": reason, "evidence": evidence})


def worst(findings: Iterable[Finding]) -> Finding:
    """The finding that decides among several of one item. Raises ValueError where there is none."""
    return max(findings, key=lambda finding: _BADNESS[finding.outcome])


def cluster_uids_in(evidence: Iterable[Evidence]) -> set[str]:
    """The uids of the clusters that facts say they looked at."""
    return {str(piece.fields["cluster_uid"]) for piece in evidence if piece.fields.get("cluster_uid")}


def versions_in(evidence: Iterable[Evidence]) -> dict[str, str]:
    """Per service, the build that its answer gave: every fact with a ``version`` says one."""
    found = {}
    for piece in evidence:
        version = piece.fields.get("version")
        if version:
            found[str(piece.fields.get("service") or piece.subject)] = str(version)
    return found
