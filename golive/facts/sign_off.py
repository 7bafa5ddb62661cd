"""The sign-off of this release: whether each role's signature is there, and is of the ledger as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from golive.errors import BadInput, NoEvidence, StaleEvidence
from golive.evidence import signoff
from golive.evidence.chain import Broken
from golive.evidence.home import home
from golive.evidence.ledger import Ledger, ledger
from golive.evidence.record import sha256_of
from golive.evidence.roles import Role, in_words
from golive.evidence.signoff import Expected
from golive.facts.shared_folder import read_from
from golive.target import Target
from golive.target.needed import required

SYSTEM = "sign-off"
GATE = "close"
"""The gate that is signed."""


@dataclass(frozen=True)
class Signature:
    """One role's signature that holds; ``ledger``: the head of the chain that it is of."""

    role: str
    signed_by: str
    gate: str
    ledger: str


class SignOff:
    """The four signatures under the ledger of a release, read anew for each question."""

    def __init__(
        self, target: Target, release: str, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._target, self._release, self._root, self._now = target, release, root, now

    @property
    def ledger(self) -> str:
        """The head of the chain as it is now. Raises NoEvidence for a ledger that is not whole."""
        return self._ledger().digest

    def of(self, role: Role) -> Signature:
        """The role's signature. Raises NoEvidence or StaleEvidence, in one line, where it does not hold."""
        found = self._ledger()
        expected = Expected(
            found, GATE, sha256_of(self._root / "checklist.toml"), sha256_of(found.roles.path), self._now()
        )
        checked = next(each for each in signoff.signatures(expected) if each.role == role)
        if checked.refused:
            error = StaleEvidence if checked.stale else NoEvidence
            words = f"the {in_words(role)}: {checked.refused}"
            raise error(SYSTEM, words, hint=f"golive sign --role {role} --gate {GATE}")
        return Signature(role, checked.words, GATE, found.digest)

    def _ledger(self) -> Ledger:
        evidence = required(self._target.evidence, "evidence", "every signature")

        def whole() -> Ledger:
            at = home(evidence, self._root)
            found = ledger(at.folder, self._target.name, self._release, at.roles)
            _ = found.records
            return found

        try:
            found = read_from(self._root / evidence.folder, self._target.limits.operation, whole, system=SYSTEM)
        except (BadInput, Broken) as error:
            raise NoEvidence(SYSTEM, f"the ledger proves nothing: {error}") from None
        if not found.links:
            raise NoEvidence(SYSTEM, f"the ledger of {self._release} is empty", hint="golive enter RUN")
        return found
