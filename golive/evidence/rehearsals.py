"""Signed records of rehearsals: a release was rolled back and forward again, what was found, and in which runs.

``rehearsals/RELEASE/RUN.dsse.json`` of the evidence folder of the target where it was rehearsed, signed by a key of the
suite, beside the journal of its steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from golive.evidence.envelope import SUFFIX, Refused, opened, seal
from golive.evidence.roles import BoundKey, RoleMap
from golive.evidence.statements import Sha256, Utc, Words
from golive.wholefile import write_whole

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

REHEARSAL: Final = "application/vnd.golive.rehearsal+json"
FOLDER: Final = "rehearsals"
When = Literal["before", "rolled_back", "rolled_forward"]
ITEMS: Final[Mapping[When, frozenset[str]]] = {
    "before": frozenset({"deployment.application_release", "deployment.workloads"}),
    "rolled_back": frozenset({"rollback.application", "rollback.workloads"}),
    "rolled_forward": frozenset({"deployment.application_release", "deployment.workloads"}),
}
"""The items by which each state is verified."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Look(_Part):
    """One run that looked: each item's outcome, and the digest of the run's record."""

    run: Words
    record_sha256: Sha256
    outcomes: dict[str, str]


class Revisions(_Part):
    """Numbers in Helm's history: what was there before, and what the rehearsal made."""

    current: int
    earlier: int
    rolled_back: int
    rolled_forward: int


class Rehearsal(_Part):
    """A rehearsal of a rollback that went all the way."""

    kind: Literal["rollback"] = "rollback"
    run: Words
    suite_version: Words
    target: Words
    release: Words
    earlier_release: str
    revisions: Revisions
    looks: dict[When, Look]
    started: Utc
    ended: Utc
    journal_sha256: Sha256

    @property
    def wrong(self) -> dict[str, str]:
        """Under state and item, every outcome that is not PASS; empty where the rehearsal shows that it works."""
        return {
            f"{when}: {item}": outcome
            for when, items in ITEMS.items()
            for item in sorted(items)
            if (outcome := self._outcome(when, item)) != "PASS"
        }

    def _outcome(self, when: When, item: str) -> str:
        look = self.looks.get(when)
        return look.outcomes.get(item, "not looked at") if look else "not looked at"


@dataclass(frozen=True)
class Signed:
    """A record, its file, and whose key is under it; ``refused`` says why it proves nothing."""

    path: Path
    says: Rehearsal | None
    signer: BoundKey | None = None
    refused: str = ""


def write(folder: Path, record: Rehearsal, signer: CryptoSigner) -> Path:
    """Sign a record and write it; gives its file."""
    place = folder / FOLDER / record.release / f"{record.run}{SUFFIX}"
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, seal(record.model_dump_json().encode(), REHEARSAL, signer))
    return place


def read(folder: Path, release: str, roles: RoleMap) -> list[Signed]:
    """Every record of a release below an evidence folder, by the names of their files."""
    return [read_one(path, roles) for path in sorted((folder / FOLDER / release).glob(f"*{SUFFIX}"))]


def read_one(path: Path, roles: RoleMap) -> Signed:
    """One record, and whether it counts."""
    try:
        signed = opened(path.read_text(encoding="utf-8"), REHEARSAL, roles)
        says = Rehearsal.model_validate_json(signed.payload)
    except Refused as error:
        return Signed(path, None, refused=str(error))
    except (OSError, UnicodeDecodeError, ValidationError):
        return Signed(path, None, refused="is no record of a rehearsal")
    suite = next((each for each in signed.signers if each.role == "suite"), None)
    refused = "" if suite else f"signed by {signed.signers[0].words}, not by a key of the suite"
    return Signed(path, says, suite, refused)
