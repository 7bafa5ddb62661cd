"""PostgreSQL: who answers, over what, who else is connected, and whether it would do without TLS."""

from __future__ import annotations

from dataclasses import dataclass

from golive.clients.postgres import Exhausted, PostgresClient
from golive.target import Target

_SESSION = """
SELECT current_user::text AS role, current_database()::text AS database, current_setting('server_version') AS version
"""
_CONNECTIONS = """
WITH sessions AS (
    SELECT application_name, usesysid, datid FROM pg_stat_activity
    WHERE usesysid IS NOT NULL AND datid IS NOT NULL AND pid <> pg_backend_pid()
      AND coalesce(backend_type, 'client backend') = 'client backend'
), bounds AS (
    SELECT 'server' AS bound, count(*) AS used,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int AS open
    FROM sessions
    UNION ALL
    SELECT 'role', (SELECT count(*) FROM sessions WHERE usesysid = r.oid), r.rolconnlimit
    FROM pg_roles r WHERE r.rolname = current_user AND r.rolconnlimit >= 0
    UNION ALL
    SELECT 'database', (SELECT count(*) FROM sessions WHERE datid = d.oid), d.datconnlimit
    FROM pg_database d WHERE d.datname = current_database() AND d.datconnlimit >= 0
)
SELECT bound, used, open,
       (SELECT coalesce(json_object_agg(name, held), '{}') FROM (
           SELECT application_name AS name, count(*) AS held FROM sessions
           WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())
           GROUP BY application_name) AS named) AS held
FROM bounds ORDER BY (open - used)::float / greatest(open, 1) LIMIT 1
"""


@dataclass(frozen=True)
class PostgresSession:
    """A session of the application's role. ``state`` is ``connected`` or ``exhausted: <what the server said>``."""

    state: str
    asked_for: str = ""
    """What the server wants to see before it lets the role in."""
    role: str = ""
    database: str = ""
    tls_version: str = ""
    server_version: str = ""


@dataclass(frozen=True)
class PostgresConnections:
    """Connections open to the application's role, the suite's own not counted.

    ``bound_by`` is the narrowest limit: the server's (without what it reserves), the role's or the database's.
    """

    used: int
    limit: int
    bound_by: str
    free_share: float
    held: dict[str, int]
    """Connections of each declared service to the database, by ``application_name``."""

    @property
    def without_connection(self) -> set[str]:
        """Declared services that hold none."""
        return {service for service, count in self.held.items() if count == 0}


@dataclass(frozen=True)
class Plaintext:
    """What a port says to a client without TLS: ``refused``, or ``accepted``; ``said`` in the server's own words."""

    port: int
    state: str
    said: str


class Postgres:
    """The server, asked anew for each fact."""

    def __init__(self, target: Target) -> None:
        self.settings = target.postgres
        self._client = PostgresClient(target)

    def session(self) -> PostgresSession:
        """A session as the application would open it now."""
        try:
            asked_for = self._client.greeting_with_tls().asks
            rows, tls_version = self._client.query(_SESSION)
        except Exhausted as full:
            return PostgresSession(f"exhausted: {full}")
        row = rows[0]
        return PostgresSession("connected", asked_for, row["role"], row["database"], tls_version, row["version"])

    def connections(self) -> PostgresConnections:
        """Who is connected, and how many more connections there could be."""
        try:
            rows, _ = self._client.query(_CONNECTIONS)
        except Exhausted as full:
            return PostgresConnections(0, 0, f"exhausted: {full}", 0.0, {})
        row = rows[0]
        used, limit = int(row["used"]), int(row["open"])
        share = round((limit - used) / limit, 3) if limit > 0 else 0.0
        held = {service: int(row["held"].get(service, 0)) for service in sorted(self.settings.services)}
        return PostgresConnections(used, limit, row["bound"], share, held)

    def plaintext(self) -> Plaintext:
        """Whether the server would let the application's role in without TLS; no password is offered to it."""
        greeting = self._client.greeting_without_tls()
        if greeting.kind == "authenticate":
            return Plaintext(self.settings.port, "accepted", f"asks for {greeting.asks} without TLS")
        if greeting.refuses_access or greeting.wants_tls:
            return Plaintext(self.settings.port, "refused", greeting.message)
        return Plaintext(self.settings.port, f"undecided: {greeting.sqlstate}", greeting.message)
