"""The sign-off: each of four roles signs the head of the ledger's chain, and so everything in it.

A signature outlives no change: a record put in afterwards, another role map or another checklist voids it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from golive.checklist import Owner
from golive.errors import BadInput
from golive.evidence.chain import FIRST
from golive.evidence.envelope import Refused, opened, seal
from golive.evidence.ledger import Ledger
from golive.evidence.roles import OWNERS, in_words
from golive.evidence.statements import Sha256, Utc, Words
from golive.wholefile import write_whole

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

SIGN_OFF = "application/vnd.golive.sign-off+json"


class SignOff(BaseModel):
    """What one role signs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Words
    release: Words
    gate: Words
    role: Owner
    decision: Words
    ledger: Sha256
    checklist: Sha256
    roles: Sha256
    signed_at: Utc


@dataclass(frozen=True)
class Expected:
    """What a signature must be of to hold now."""

    ledger: Ledger
    gate: str
    checklist: str
    roles: str
    """sha256 of both files as they are."""
    now: datetime


@dataclass(frozen=True)
class Checked:
    """One role's signature. ``refused``: why it does not hold, in one line; empty where it does."""

    role: Owner
    refused: str = ""
    words: str = ""
    keyid: str = ""
    stale: bool = False
    """Whether it was good once, of something that is no longer so."""


def place(ledger: Ledger, gate: str, role: Owner) -> Path:
    """Where a role's signature under a gate stands."""
    return ledger.folder / "signatures" / gate / f"{role}.dsse.json"


def sign(expected: Expected, role: Owner, decision: str, signer: CryptoSigner) -> Path:
    """Sign what is there now; an earlier signature of the same role is replaced. Gives the signature's file.

    Raises BadInput where the chain does not continue what anybody signed: the signature that shows it would be lost.
    """
    ledger = expected.ledger
    cut = rewritten(ledger)
    if cut:
        raise BadInput(cut, file=ledger.path, suggestion="restore it from version control")
    payload = SignOff(
        target=ledger.target, release=ledger.release, gate=expected.gate, role=role, decision=decision,
        ledger=ledger.digest, checklist=expected.checklist, roles=expected.roles,
        signed_at=expected.now.replace(microsecond=0),
    )  # fmt: skip
    path = place(ledger, expected.gate, role)
    path.parent.mkdir(parents=True, exist_ok=True)
    with ledger.alone():
        write_whole(path, seal(payload.model_dump_json().encode(), SIGN_OFF, signer))
    return path


def signatures(expected: Expected) -> tuple[Checked, ...]:
    """The four roles' signatures under a gate, each checked; one key in two places counts in neither."""
    found = [_checked(expected, role) for role in OWNERS]
    keys = [checked.keyid for checked in found if checked.keyid]
    return tuple(
        Checked(each.role, "the same key signed for another role too") if keys.count(each.keyid) > 1 else each
        for each in found
    )


def rewritten(ledger: Ledger) -> str:
    """Which signatures, under whatever gate, are of a head that the chain does not hold; in one line, or empty.

    A chain is only added to, so each head that was ever signed stays in it.
    """
    heads = {FIRST, *(link.hash for link in ledger.links)}
    lost = []
    for path in sorted((ledger.folder / "signatures").glob("*/*.dsse.json")):
        try:
            says = SignOff.model_validate_json(opened(path.read_text(encoding="utf-8"), SIGN_OFF, ledger.roles).payload)
        except (OSError, UnicodeDecodeError, Refused, ValidationError):
            continue  # proves nothing: told where it is asked for
        if (says.target, says.release) == (ledger.target, ledger.release) and says.ledger not in heads:
            lost.append(f"the {in_words(says.role)} under gate {says.gate}")
    return f"records were removed or rewritten since they were signed by {', '.join(lost)}" if lost else ""


def problems(checked: Sequence[Checked]) -> list[str]:
    """What is missing for the sign-off, a line a role."""
    return [f"{in_words(each.role)}: {each.refused}" for each in checked if each.refused]


def _checked(expected: Expected, role: Owner) -> Checked:
    path = place(expected.ledger, expected.gate, role)
    try:
        signed = opened(path.read_text(encoding="utf-8"), SIGN_OFF, expected.ledger.roles)
        says = SignOff.model_validate_json(signed.payload)
    except FileNotFoundError:
        return Checked(role, "has not signed")
    except (OSError, UnicodeDecodeError, Refused, ValidationError) as error:
        return Checked(role, str(error).splitlines()[0])
    if len(signed.signers) != 1 or signed.signers[0].role != role:
        return Checked(role, f"signed by {signed.signers[0].words}, whose key is another role's")
    if (says.role, says.gate) != (role, expected.gate):
        return Checked(role, f"what is signed is the {in_words(says.role)}'s, of gate {says.gate}")
    void = _void(says, expected)
    if void:
        return Checked(role, void, stale=True)
    signer = signed.signers[0]
    return Checked(role, "", f"{signer.words}, {says.signed_at:%Y-%m-%d %H:%M} UTC", signer.key.keyid)


def _void(says: SignOff, expected: Expected) -> str:
    ledger = expected.ledger
    if (says.target, says.release) != (ledger.target, ledger.release):
        return f"what is signed is {says.target} {says.release}"
    if says.ledger != ledger.digest:
        return "the ledger changed since it was signed"
    if says.checklist != expected.checklist:
        return "the checklist changed since it was signed"
    if says.roles != expected.roles:
        return "the role map changed since it was signed"
    if says.signed_at > expected.now:
        return f"signed at {says.signed_at:%Y-%m-%d %H:%M} UTC, which is yet to come"
    ended = [datetime.fromisoformat(entered.record.ended) for entered in ledger.records]
    if ended and says.signed_at < max(ended).replace(microsecond=0):
        return "signed before the last run had ended"
    return ""
