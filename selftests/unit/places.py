"""A project with one of its targets, as a command is given it."""

from __future__ import annotations

from pathlib import Path

from golive.cli.place import Place
from golive.evidence.home import Home
from golive.evidence.roles import RoleMap
from golive.target.model import Target
from selftests.ledgers import CHECKLIST


def a_place(target: Target, folder: Path) -> Place:
    """Where nobody has stated anything yet: the folder is the project's, and the evidence's."""
    return Place(folder, CHECKLIST, target, Home(folder, folder, RoleMap(folder / "roles.toml", ())))
