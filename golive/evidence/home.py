"""The evidence folder of a target: statements, ledger and signatures, with the role map that says whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from golive.checklist import Checklist
from golive.errors import BadInput, BadInputs
from golive.evidence import roles, statements, waivers
from golive.evidence.roles import RoleMap
from golive.evidence.statements import Attestation, Signed, Waiver
from golive.target.evidence import Evidence


@dataclass(frozen=True)
class Home:
    """Where all of it is. ``root`` is the project's folder, from which documents are named."""

    root: Path
    folder: Path
    roles: RoleMap

    def waivers(self, checklist: Checklist, target: str) -> list[Signed[Waiver]]:
        """Every waiver. Raises BadInputs for those that are malformed or that no waiver may be."""
        found = statements.read(self.folder, Waiver, self.roles)
        problems = list(waivers.problems(found, checklist, target))
        if problems:
            raise BadInputs(problems)
        return found

    def attestations(self, checklist: Checklist, target: str) -> list[Signed[Attestation]]:
        """Every attestation. Raises BadInputs for those that are malformed or apply to nothing."""
        found = statements.read(self.folder, Attestation, self.roles)
        problems = list(attestation_problems(found, checklist, target))
        if problems:
            raise BadInputs(problems)
        return found


def attestation_problems(
    attestations: Sequence[Signed[Attestation]], checklist: Checklist, target: str
) -> Iterator[BadInput]:
    """What applies to nothing, with file, line and field."""
    for each in attestations:
        item = checklist.by_id.get(each.says.item)
        if item is None:
            yield each.problem("is not an item of the checklist", "item", checklist.suggestion(each.says.item))
        elif item.established == "measured":
            yield each.problem("is measured: a statement decides nothing", "item", "remove it")
        if each.says.target != target:
            words = f"is for target {each.says.target!r} and lies in the folder of {target!r}"
            yield each.problem(words, "target", f"target: {target}, or move the file")


def home(evidence: Evidence, root: Path) -> Home:
    """The evidence folder that a target names. Raises BadInput for a role map that is wrong, or absent beside a folder.

    Where neither is there nobody has stated anything yet, and nobody could sign it.
    """
    folder, path = root / evidence.folder, root / evidence.roles
    if path.exists():
        return Home(root, folder, roles.read(path))
    if folder.exists():
        raise BadInput(
            f"there is no role map, which says whose signatures in {evidence.folder} count, and for which role",
            file=path, suggestion="golive key new FILE --role ROLE --name WHOSE prints a key's lines for it",
        )  # fmt: skip
    return Home(root, folder, RoleMap(path, ()))
