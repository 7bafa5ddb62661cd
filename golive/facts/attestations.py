"""What people stated of this target and release, as far as it counts now.

A statement counts where it is signed by a key that the role map binds to its role and name, was made for this release,
is within its time, and every document that it names is still the one that was looked at. The newest that was rightly
signed is the last word: when it has run out, none that it replaced counts again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from golive.errors import BadInput, NoEvidence, StaleEvidence
from golive.evidence.home import home
from golive.evidence.roles import Role, in_words
from golive.evidence.statements import Attestation, Signed, read
from golive.evidence.writing import digest_of
from golive.facts.shared_folder import read_from
from golive.target import Target
from golive.target.evidence import Evidence
from golive.target.needed import required

SYSTEM = "attestations"
Wrong = NoEvidence | StaleEvidence
DocumentField = Literal["rollback_plan", "configuration", "user_documentation", "escalation", "roll_call"]


@dataclass(frozen=True)
class Stated:
    """One statement that counts; ``documents``: what was looked at, by name, with its sha256."""

    item: str
    role: str
    name: str
    signed_by: str
    statement: str
    holds: bool
    release: str
    signed_at: datetime
    valid_until: datetime
    documents: Mapping[str, str]
    measured: Mapping[str, float]
    file: str


@dataclass(frozen=True)
class Exercise:
    """A disaster recovery exercise: what it took, and the limits of the target."""

    stated: Stated
    rto_minutes: float
    rpo_minutes: float
    rto_limit: float
    rpo_limit: float


class Attestations:
    """The statements in the target's evidence folder, read anew for each question."""

    def __init__(
        self, target: Target, release: str, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._target, self._release, self._root, self._now = target, release, root, now

    def of(
        self, item: str, *, by: Role, name: str = "", release: str | None = None, since: datetime | None = None
    ) -> Stated:
        """The newest statement of that role about the item, where it counts.

        ``name``: of that person alone. ``release``: another than this run's; empty where any will do. ``since``: when
        that happened which it is about, so that it is not older. Raises NoEvidence or StaleEvidence, with what is wrong
        with the nearest one, where it does not count.
        """
        wanted = self._release if release is None else release
        found = [each for each in self._read() if each.says.item == item and each.says.role == by]
        if name:
            found = [each for each in found if each.says.name == name]
        found.sort(key=_in_order)
        if not found:
            who = f"{name}, the {in_words(by)}," if name else f"the {in_words(by)}"
            raise NoEvidence(SYSTEM, f"{who} has stated nothing about {item}", hint=f"golive attest {item}")
        foreign = [self._foreign(each, wanted) for each in found]
        made = [each for each, error in zip(found, foreign, strict=True) if error is None]
        last = made[-1] if made else None
        lapsed = (self._lapsed(last, replaces=len(made) > 1) or _too_early(last, since)) if last else None
        if last and lapsed is None:
            return self._stated(last)
        raise next(error for error in (foreign[-1], lapsed) if error is not None)

    def of_every_pilot_user(self, item: str) -> tuple[Stated, ...]:
        """A statement of each pilot user that the target lists. Raises as ``of`` for the first who has none."""
        users = sorted(self._evidence.pilot_users)
        if not users:
            raise NoEvidence(SYSTEM, "the target lists no pilot users", hint="evidence.pilot_users in the target")
        return tuple(self.of(item, by="pilot_user", name=user) for user in users)

    def of_document(
        self, item: str, *, by: Role, document: Path | None, field: str, since: datetime | None = None
    ) -> Stated:
        """As ``of``, and the statement names this document of the target's."""
        if document is None:
            raise NoEvidence(SYSTEM, f"the target does not name its {field}", hint=f"{field} in the target")
        stated = self.of(item, by=by, since=since)
        if str(document) not in stated.documents:
            raise NoEvidence(
                SYSTEM, f"{stated.file} does not name {document.name}, so what was looked at is not known",
                hint=f"golive attest {item} --evidence {document}",
            )  # fmt: skip
        return stated

    def of_field(self, item: str, *, by: Role, field: DocumentField) -> Stated:
        """As ``of_document``, of the document that this field of [evidence] names."""
        document: Path | None = getattr(self._evidence, field)
        return self.of_document(item, by=by, document=document, field=f"evidence.{field}")

    def exercise(self, item: str, *, by: Role) -> Exercise:
        """The newest exercise with its figures. Raises StaleEvidence where it is older than the target allows."""
        limits = required(self._evidence.exercise, "evidence.exercise", item)
        stated = self.of(item, by=by, release="")
        age = self._now() - stated.signed_at
        if age >= timedelta(days=limits.days):
            raise StaleEvidence(SYSTEM, f"{stated.file} is {age.days} days old; an exercise counts {limits.days} days")
        missing = sorted({"rto_minutes", "rpo_minutes"} - stated.measured.keys())
        if missing:
            raise NoEvidence(
                SYSTEM, f"{stated.file} has no figure {', '.join(missing)}", hint="golive attest --measured"
            )
        measured = stated.measured
        return Exercise(
            stated, measured["rto_minutes"], measured["rpo_minutes"], limits.rto_minutes, limits.rpo_minutes
        )

    @property
    def _evidence(self) -> Evidence:
        return required(self._target.evidence, "evidence", "every attested item")

    def _read(self) -> Iterable[Signed[Attestation]]:
        def all_of_them() -> Iterable[Signed[Attestation]]:
            at = home(self._evidence, self._root)
            return read(at.folder, Attestation, at.roles)

        folder, seconds = self._root / self._evidence.folder, self._target.limits.operation
        try:
            return read_from(folder, seconds, all_of_them, system=SYSTEM)
        except BadInput as error:
            raise NoEvidence(SYSTEM, f"what was stated cannot be read: {error}") from None

    def _foreign(self, each: Signed[Attestation], release: str) -> Wrong | None:
        """Why a statement was never made to this target and release until now; None where it was."""
        says, file, now = each.says, each.path.name, self._now()
        if each.refused:
            return NoEvidence(SYSTEM, f"{file}: {each.refused}")
        signer = each.signed_by(says.role)
        if signer is None or signer.name != says.name:
            return NoEvidence(SYSTEM, f"{file}: no key of {says.name}, {in_words(says.role)}, has signed it")
        if says.target != self._target.name:
            return StaleEvidence(SYSTEM, f"{file} is for target {says.target}, not for {self._target.name}")
        if release and says.release != release:
            return StaleEvidence(SYSTEM, f"{file} is for release {says.release}, not for {release}")
        if now < says.signed_at:
            return NoEvidence(SYSTEM, f"{file} counts from {says.signed_at:%Y-%m-%d %H:%M} UTC on, and not before")
        return None

    def _lapsed(self, each: Signed[Attestation], *, replaces: bool) -> Wrong | None:
        """Why a statement that was made counts no more; None where it does. ``replaces``: an older one is there."""
        says = each.says
        if self._now() >= says.valid_until:
            older = "; it replaced what was stated before it, which does not count again" if replaces else ""
            words = f"{each.path.name} has expired on {says.valid_until:%Y-%m-%d %H:%M} UTC{older}"
            return StaleEvidence(SYSTEM, words, hint=f"golive attest {says.item}")
        for document in each.says.evidence:
            try:
                digest = digest_of(document.uri, self._root)
            except BadInput as error:
                return NoEvidence(SYSTEM, f"{each.path.name}: {Path(document.uri).name} {error.message}")
            if digest != document.sha256:
                return StaleEvidence(
                    SYSTEM, f"{each.path.name}: {Path(document.uri).name} changed since it was looked at"
                )
        return None

    def _stated(self, each: Signed[Attestation]) -> Stated:
        says = each.says
        signer = each.signed_by(says.role)
        return Stated(
            says.item, says.role, says.name, signer.words if signer else "", says.statement, says.holds, says.release,
            says.signed_at, says.valid_until, {document.uri: document.sha256 for document in says.evidence},
            says.measured, each.path.name,
        )  # fmt: skip


def _in_order(each: Signed[Attestation]) -> tuple[datetime, bool]:
    """Oldest first; of two of one moment that which denies comes last, and so is the last word."""
    return each.says.signed_at, not each.says.holds


def _too_early(each: Signed[Attestation], since: datetime | None) -> Wrong | None:
    if since is None or each.says.signed_at >= since:
        return None
    words = f"is of {each.says.signed_at:%Y-%m-%d %H:%M} UTC, before that which it is about: {since:%Y-%m-%d %H:%M}"
    return StaleEvidence(SYSTEM, f"{each.path.name} {words}")
