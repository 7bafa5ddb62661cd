"""What people stated of a target: read before anything is decided, so that a wrong statement stops the run."""

from __future__ import annotations

from golive.evidence.home import home
from golive.evidence.record import sha256_of
from golive.plugin.run import Run


def read_statements(run: Run) -> None:
    """Let the run know its target's waivers. Raises BadInput, by file, line and field, also for a wrong attestation."""
    target = run.target()
    if target.evidence is None:
        return
    found = home(target.evidence, run.root)
    run.waivers = found.waivers(run.checklist, target.name)
    found.attestations(run.checklist, target.name)  # their items read them again, each when it is looked at
    if found.roles.path.exists():
        run.roles_sha256 = sha256_of(found.roles.path)
