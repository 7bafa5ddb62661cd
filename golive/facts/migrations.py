"""Where the database stands in the history of its migrations."""

from __future__ import annotations

from dataclasses import dataclass

from golive.clients.postgres import SYSTEM, Exhausted, PostgresClient
from golive.errors import ProtocolBroken, Unreachable
from golive.target import Target
from golive.target.needed import required

APPLIED = "applied"


@dataclass(frozen=True)
class History:
    """The database's migrations; ``head`` is the last one that was applied, empty where none was."""

    head: str
    applied: int
    unfinished: tuple[str, ...]
    """Those that are not applied, with their state."""
    missing: tuple[str, ...]
    """Declared ones of which the history knows nothing."""


class Migrations:
    """Asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        """Raises NotDescribed where the target has no [migrations]."""
        self.settings = required(target.migrations, "migrations", "deployment.migrations")
        self._client = PostgresClient(target)

    @property
    def history(self) -> History:
        """As the database has it now. Raises Unreachable where no connection is left, ProtocolBroken for other rows."""
        try:
            rows, _ = self._client.query(self.settings.query)
        except Exhausted as full:
            raise Unreachable(SYSTEM, f"no connection is left: {full}", hint="pg_stat_activity") from full
        if rows and not {"version", "state"} <= rows[0].keys():
            raise ProtocolBroken(
                SYSTEM, f"migrations.query gives {', '.join(rows[0])}; expected version and state",
                hint="name the columns so, with AS",
            )  # fmt: skip
        states = {str(row["version"]): str(row["state"]) for row in rows}
        applied = [version for version, state in states.items() if state == APPLIED]
        return History(
            head=applied[-1] if applied else "",
            applied=len(applied),
            unfinished=tuple(f"{version} {state}" for version, state in states.items() if state != APPLIED),
            missing=tuple(version for version in self.settings.versions if version not in states),
        )
