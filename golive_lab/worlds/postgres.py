"""Bad worlds of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg

from golive_lab.control import LabHandle
from golive_lab.worlds.registry import world


def owner_of(lab: LabHandle, database: str = "postgres") -> psycopg.Connection[Any]:
    """A connection as the superuser, whose reserved slots are open even when the others are taken."""
    place = lab.overlay()
    return psycopg.connect(
        host=place["postgres"]["host"],
        port=place["postgres"]["port"],
        dbname=database,
        user="postgres",
        password=lab.secret("postgres-postgres"),
        sslmode="verify-full",
        sslrootcert=place["ca_file"],
        connect_timeout=5,
        autocommit=True,
    )


def _free(owner: psycopg.Connection[Any]) -> int:
    """Connections that ordinary roles could still open."""
    row = owner.execute(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        " - current_setting('reserved_connections')::int"
        " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int"
    ).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _taken(lab: LabHandle, leave: int) -> Iterator[None]:
    """All connections but ``leave`` are taken, by the superuser's own sessions."""
    with ExitStack() as held:
        owner = held.enter_context(owner_of(lab))
        for _ in range(_free(owner) - leave):
            held.enter_context(owner_of(lab))
        yield


@world
@contextmanager
def postgres_nearly_exhausted(lab: LabHandle) -> Iterator[None]:
    """Two connections are left: the suite still gets in, and there is no head-room."""
    with _taken(lab, leave=2):
        yield


@world
@contextmanager
def postgres_exhausted(lab: LabHandle) -> Iterator[None]:
    """No connection is left for an ordinary role."""
    with _taken(lab, leave=0):
        yield


@world
@contextmanager
def postgres_password_changed(lab: LabHandle) -> Iterator[None]:
    """The application's role has another password than the target's reference holds."""
    role = lab.status()["names"]["postgres_role"]
    with owner_of(lab) as owner:
        _set_password(owner, role, "another-Password-1")
        try:
            yield
        finally:
            _set_password(owner, role, lab.secret(f"postgres-{role}"))


def _set_password(owner: psycopg.Connection[Any], role: str, password: str) -> None:
    from psycopg import sql

    owner.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
