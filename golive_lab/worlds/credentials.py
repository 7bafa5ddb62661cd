"""Bad worlds of old credentials: some well-known one is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.worlds.identity import master_of
from golive_lab.worlds.postgres import owner_of
from golive_lab.worlds.registry import world


@world
@contextmanager
def postgres_default_role(lab: LabHandle) -> Iterator[None]:
    """PostgreSQL has a role admin whose password is admin."""
    with owner_of(lab) as owner:
        owner.execute("CREATE ROLE admin LOGIN PASSWORD 'admin'")
        try:
            yield
        finally:
            owner.execute("DROP ROLE admin")


@world
@contextmanager
def keycloak_default_admin(lab: LabHandle) -> Iterator[None]:
    """Master has an admin whose password is admin."""
    user = {
        "username": "admin",
        "enabled": True,
        "email": "admin@example.test",
        "emailVerified": True,
        "firstName": "Default",
        "lastName": "Admin",
        "credentials": [{"type": "password", "value": "admin"}],
    }
    with master_of(lab) as master, master.new("/users", user):
        yield
