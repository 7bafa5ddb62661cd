"""``golive clean``: remove what dead or expired runs of the suite left in a target's systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol

import typer

from golive.errors import BadInputs, CannotEstablish
from golive.facts.kafka import Kafka
from golive.facts.object_storage import ObjectStorage
from golive.project import root
from golive.provider import kept
from golive.residue import RunId
from golive.target import Level, Target
from golive.target.load import find


def clean(target: Annotated[str, typer.Option(help="a target: targets/NAME.toml")] = "lab") -> None:
    """Remove what carries the suite's prefix and is expired, or whose run on this host is dead. Nothing else."""
    looked_at = _target(target)
    if looked_at is None:
        typer.echo(f"{target}: nothing is kept up, so nothing can have been left in it")
        return
    if Level.CANARY not in looked_at.levels:
        typer.echo(f"{target}: grants no level canary, so no run may have written there; nothing to do")
        return
    failed = False
    for name, noun in _nouns(looked_at).items():
        try:
            removed = noun.sweep()
        except CannotEstablish as error:
            failed = True
            typer.echo(f"{name}: not cleaned: {error}", err=True)
        else:
            typer.echo(f"{name}: {len(removed)} removed" + "".join(f"\n  {each}" for each in removed))
    if failed:
        raise typer.Exit(1)


class _Sweeps(Protocol):
    def sweep(self) -> list[str]: ...


def _nouns(target: Target) -> dict[str, _Sweeps]:
    run = RunId.make()
    return {"kafka": Kafka(target, run), "object_storage": ObjectStorage(target, run)}


def _target(name: str) -> Target | None:
    """The target as it is reached now; None for a provider's that keeps nothing up."""
    file = find(name, root(Path.cwd()) / "targets")
    if file.target.provider:
        overlay = kept(file.target.provider, file.target.name, file.target.provider_options)
        return file.with_overlay(overlay) if overlay is not None else None
    missing = file.missing_secrets()
    if missing:
        raise BadInputs(missing)
    return file.target
