"""``golive browser``: which browser the Web Hub is looked at with, and how to get one."""

from __future__ import annotations

from typing import Annotated

import typer

from golive.clients.browser_find import find, version
from golive.clients.browser_install import install
from golive.errors import LabUnavailable


def browser(*, get: Annotated[bool, typer.Option("--install", help="install one where there is none")] = False) -> None:
    """Say which browser is used and its version; exit 1 if there is none."""
    try:
        found = install(typer.echo) if get else find()
        typer.echo(f"{version(found)}: {found.path} ({found.chosen})")
    except LabUnavailable as error:
        typer.echo(f"{error}\n    try: {error.hint}", err=True)
        raise typer.Exit(1) from None
