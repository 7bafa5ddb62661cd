"""The ledger of one release: every record of a run that was put in, signed, and the reasons that people gave.

``ledger/RELEASE/chain.jsonl`` is the chain; what it names lies beside it: ``records/``, ``reasons/``, and, outside of
the chain, ``signatures/`` of the sign-off.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from golive.checklist import Checklist
from golive.errors import BadInput
from golive.evidence import agreement, chain, intoto
from golive.evidence.chain import Broken, Link
from golive.evidence.envelope import Refused, opened, seal
from golive.evidence.record import Record
from golive.evidence.roles import RoleMap
from golive.evidence.statements import Sentence, Utc, Words
from golive.wholefile import write_whole

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

LOCK = ".lock"
"""Held, in the ledger's folder, by whoever writes to it; the file stays, and is no part of the ledger."""
PATIENCE = 30.0
"""Seconds after which whoever wants to write gives up: what is done under the lock takes far less."""
REASON = "application/vnd.golive.reason+json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


class Reason(BaseModel):
    """Why a FAIL no longer counts although nothing of the release's identity changed since."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Words
    release: Words
    item: Words
    run: Words
    """The run that found the FAIL."""
    why: Sentence
    at: Utc


@dataclass(frozen=True)
class Entered:
    """A record in the ledger."""

    record: Record
    sha256: str
    link: Link


@dataclass(frozen=True)
class Reasoned:
    """A reason in the ledger, and whose key is under it."""

    reason: Reason
    role: str
    words: str


@dataclass(frozen=True)
class Ledger:
    """The ledger of one release of one target. Reading raises Broken or Refused, in one line, for what is not whole."""

    folder: Path
    target: str
    release: str
    roles: RoleMap

    @property
    def path(self) -> Path:
        """The chain's file."""
        return self.folder / "chain.jsonl"

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link, each checked together with its file."""
        links = chain.read(self.path)
        for link in links:
            chain.content(self.path, link)
        return links

    @property
    def digest(self) -> str:
        """What a signature of the sign-off names: the head of the chain, and so everything but the signatures."""
        return self.links[-1].hash if self.links else chain.FIRST

    @cached_property
    def records(self) -> tuple[Entered, ...]:
        """The records, as they were put in; each signed by a key of the suite."""
        return tuple(self._record(link) for link in self.links if link.kind == "record")

    @cached_property
    def reasons(self) -> tuple[Reasoned, ...]:
        """The reasons that were given."""
        return tuple(self._reason(link) for link in self.links if link.kind == "reason")

    @contextmanager
    def alone(self) -> Iterator[Ledger]:
        """The ledger as it is now, while no other process writes to it.

        Raises BadInput where another one has not finished within PATIENCE.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / LOCK
        lock = FileLock(path, timeout=PATIENCE)
        try:
            lock.acquire()
        except Timeout:
            words = f"another process has been writing to this ledger for {PATIENCE:g} s"
            raise BadInput(words, file=path, suggestion="wait for that one, and do it again") from None
        try:
            yield replace(self)
        finally:
            lock.release()

    def enter(self, run: Path, signer: CryptoSigner, at: datetime) -> Link:
        """Put the closed record of a run in. Raises BadInput as ``acceptable`` and ``alone``."""
        raw, record = self.acceptable(run)
        with self.alone() as now:
            now._refuse_twice(record, run)
            return now._put(raw, record, signer, at)

    def acceptable(self, run: Path) -> tuple[bytes, Record]:
        """A run's record as it would be put in. Raises BadInput where it does not belong here, or is here already."""
        raw, record = read_run(run)
        self._belongs(record, run)
        self._refuse_twice(record, run)
        return raw, record

    def _refuse_twice(self, record: Record, run: Path) -> None:
        if any(entered.record.run == record.run for entered in self.records):
            raise BadInput(f"{record.run} is in the ledger already", file=run)

    def _put(self, raw: bytes, record: Record, signer: CryptoSigner, at: datetime) -> Link:
        sha256 = hashlib.sha256(raw).hexdigest()
        statement = json.dumps(intoto.test_result(record, sha256)).encode()
        envelope = json.loads(seal(statement, intoto.PAYLOAD, signer))
        place = self.folder / "records" / f"{record.run}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        # Record and signature are one file: one link, one digest.
        write_whole(place, json.dumps({"record": base64.b64encode(raw).decode(), "envelope": envelope}) + "\n")
        try:
            self._bound(json.dumps(envelope), intoto.PAYLOAD, "suite")
        except Refused as error:
            place.unlink()
            raise BadInput(str(error), file=self.roles.path, suggestion='a [[key]] with role = "suite"') from None
        return chain.add(self.path, "record", place, at)

    def give(self, reason: Reason, signer: CryptoSigner, at: datetime) -> Link:
        """Put a reason in. Raises as ``alone``."""
        envelope = seal(reason.model_dump_json().encode(), REASON, signer)
        with self.alone() as now:
            place = self.folder / "reasons" / f"{len(now.links) + 1:04d}-{reason.item}.dsse.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, envelope)
            return chain.add(self.path, "reason", place, at)

    def strays(self) -> list[str]:
        """Files beside the chain that no link names."""
        named = {link.file for link in self.links}
        below = [*self.folder.glob("records/*"), *self.folder.glob("reasons/*")]
        return sorted(name for path in below if (name := path.relative_to(self.folder).as_posix()) not in named)

    def _record(self, link: Link) -> Entered:
        where = f"link {link.number}"
        try:
            held = json.loads(chain.content(self.path, link))
            raw, envelope = base64.b64decode(held["record"], validate=True), json.dumps(held["envelope"])
            if set(held) != {"record", "envelope"} or base64.b64encode(raw).decode() != held["record"]:
                raise Broken(f"{where}: its record is not canonical base64")
            record = Record.model_validate_json(raw)
        except (ValueError, KeyError, TypeError, ValidationError):
            raise Broken(f"{where}: {link.file} holds no record") from None
        sha256 = hashlib.sha256(raw).hexdigest()
        try:
            payload, _ = self._bound(envelope, intoto.PAYLOAD, "suite")
            statement = intoto.parsed(payload, intoto.TEST_RESULT)
        except (Refused, intoto.Invalid) as error:
            raise Broken(f"{where}: {error}") from None
        if statement != intoto.test_result(record, sha256):
            raise Broken(f"{where}: what is signed is not what the record says")
        if (record.target, record.identity.release) != (self.target, self.release):
            raise Broken(f"{where}: its record is of {record.target} {record.identity.release or 'without a release'}")
        return Entered(record, sha256, link)

    def _reason(self, link: Link) -> Reasoned:
        where = f"link {link.number}"
        try:
            signed = opened(chain.content(self.path, link).decode(), REASON, self.roles)
            reason = Reason.model_validate_json(signed.payload)
        except (Refused, UnicodeDecodeError, ValidationError) as error:
            raise Broken(f"{where}: {str(error).splitlines()[0]}") from None
        if (reason.target, reason.release) != (self.target, self.release):
            raise Broken(f"{where}: its reason is for {reason.target} {reason.release}")
        return Reasoned(reason, signed.signers[0].role, signed.signers[0].words)

    def _bound(self, envelope: str, kind: str, role: str) -> tuple[bytes, str]:
        signed = opened(envelope, kind, self.roles)
        if {signer.role for signer in signed.signers} != {role}:
            raise Refused(f"signed by {signed.signers[0].words}, not by a key of the {role}")
        return signed.payload, signed.signers[0].words

    def _belongs(self, record: Record, run: Path) -> None:
        if not _NAME.fullmatch(record.run):
            raise BadInput(f"{record.run!r} names no run", file=run, suggestion="the record as its run closed it")
        if record.target != self.target:
            raise BadInput(f"the run is of target {record.target!r}, the ledger of {self.target!r}", file=run)
        if record.identity.release != self.release:
            seen = record.identity.release or "none"
            raise BadInput(
                f"the run is of release {seen!r}, the ledger of {self.release!r}", file=run, suggestion="--release"
            )


def ledger(home: Path, target: str, release: str, roles: RoleMap) -> Ledger:
    """The ledger of a release below an evidence folder. Raises BadInput for a release that no folder can be called."""
    if not _NAME.fullmatch(release):
        raise BadInput(f"{release!r} names no release", field="--release", suggestion="the release's tag")
    return Ledger(home / "ledger" / release, target, release, roles)


def releases(home: Path) -> list[str]:
    """The releases that have a ledger below an evidence folder."""
    return sorted(path.parent.name for path in (home / "ledger").glob("*/chain.jsonl"))


def read_run(run: Path) -> tuple[bytes, Record]:
    """The bytes of a run's closed record, and what they say.

    Raises BadInput for a folder that has none, or whose record does not say what the run's journal does.
    """
    path = run / "record.json"
    try:
        raw = path.read_bytes()
        record = Record.model_validate_json(raw)
    except OSError:
        raise BadInput("the run was never closed", file=path, suggestion="wait for its end, or run it again") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise BadInput(f"is no run record: {first['msg']}", file=path, field=field, suggestion=agreement.NEXT) from None
    journal = run / "record.jsonl"
    if not journal.exists():
        words = "the run's journal is not there, and the record alone could have been edited"
        raise BadInput(words, file=journal, suggestion=agreement.NEXT)
    if hashlib.sha256(journal.read_bytes()).hexdigest() != record.journal_sha256:
        raise BadInput("is not the journal that the record was closed with", file=journal, suggestion=agreement.NEXT)
    agreement.check(record, path, journal)
    return raw, record


def checklists(ledger: Ledger, checklist: Checklist, sha256: str) -> list[str]:
    """What of the records was decided by another checklist, in words."""
    known = checklist.by_id.keys()
    found = []
    for entered in ledger.records:
        if entered.record.digests.checklist != sha256:
            found.append(f"link {entered.link.number}: its run used another checklist")
        unknown = sorted({finding.item for finding in entered.record.findings} - known)
        if unknown:
            found.append(f"link {entered.link.number}: knows {unknown[0]}, which the checklist does not")
    return found
