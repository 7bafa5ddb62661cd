"""The waivers of a run: read before anything is decided, so that a wrong one stops it."""

from __future__ import annotations

from golive.evidence.home import home
from golive.evidence.record import sha256_of
from golive.plugin.run import Run


def read_waivers(run: Run) -> None:
    """Let the run know its target's waivers. Raises BadInput with file, line and field for what is wrong in them."""
    target = run.target()
    if target.evidence is None:
        return
    found = home(target.evidence, run.root)
    run.waivers = found.waivers(run.checklist, target.name)
    if found.roles.path.exists():
        run.roles_sha256 = sha256_of(found.roles.path)
