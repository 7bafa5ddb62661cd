"""``golive clean``: remove what dead or expired runs of the suite left in a target's systems."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

import typer

from golive.cli import rehearse
from golive.cli.place import place
from golive.errors import BadInputs, CannotEstablish
from golive.facts.exports import Exports
from golive.facts.identity import Identity
from golive.facts.kafka import Kafka
from golive.facts.marked_records import MarkedRecords
from golive.facts.object_storage import ObjectStorage
from golive.facts.scenario import Scenarios
from golive.progress import told_while
from golive.project import root
from golive.provider import kept
from golive.rehearsal.journal import under_way
from golive.rehearsal.undoing import Refused
from golive.residue import RunId
from golive.target import Level, Target
from golive.target.load import find

MOST_SHOWN = 20
"""Names of what was removed from one system, in its report."""


def clean(target: Annotated[str, typer.Option(help="a target: targets/NAME.toml")] = "lab") -> None:
    """Remove what carries the suite's prefix and is expired, or whose run on this host is dead. Nothing else.

    A rehearsal that was broken off is undone as golive abort does.
    """
    looked_at = _target(target)
    if looked_at is None:
        typer.echo(f"{target}: nothing is kept up, so nothing can have been left in it")
        return
    moved = _put_back(target, looked_at)
    if Level.CANARY not in looked_at.levels:
        typer.echo(f"{target}: grants no level canary, so no run may have written there; nothing to do")
        raise typer.Exit(0 if moved else 1)
    nouns = _nouns(looked_at)
    failed = 0
    for name, noun in nouns.items():
        try:
            removed = _swept(name, noun)
        except CannotEstablish as error:
            failed += 1
            typer.echo(f"{name}: not cleaned: {error}", err=True)
        else:
            typer.echo("\n  ".join((f"{name}: {len(removed)} removed", *_shown(removed))))
    if failed or not moved:
        typer.echo(f"{failed} of {len(nouns)} not cleaned; run golive clean again", err=True)
        raise typer.Exit(1)


def _swept(name: str, noun: _Sweeps) -> list[str]:
    with told_while(lambda: f"{name}: looking for what runs left", sys.stderr):
        return noun.sweep()


def _put_back(name: str, target: Target) -> bool:
    """Undo a rehearsal that was broken off; whether nothing of one is left."""
    if target.evidence is None or not under_way(root(Path.cwd()) / target.evidence.folder).exists():
        return True
    try:
        words = rehearse.swept(place(name))
    except (Refused, CannotEstablish) as error:
        typer.echo(f"rehearsal: not undone: {error}", err=True)
        return False
    typer.echo(f"rehearsal: {words or 'ended meanwhile'}")
    return True


def _shown(removed: list[str]) -> list[str]:
    """The first of them, and how many more."""
    more = len(removed) - MOST_SHOWN
    return [*removed[:MOST_SHOWN], f"and {more} more"] if more > 0 else removed


class _Sweeps(Protocol):
    def sweep(self) -> list[str]: ...


@dataclass(frozen=True)
class _Jobs:
    """Jobs of one kind, which the MISO persona alone may list and remove."""

    target: Target
    noun: Exports | Scenarios

    def sweep(self) -> list[str]:
        return self.noun.sweep(Identity(self.target).log_in("miso").token)


def _nouns(target: Target) -> dict[str, _Sweeps]:
    run = RunId.make()
    nouns: dict[str, _Sweeps] = {"kafka": Kafka(target, run), "object_storage": ObjectStorage(target, run)}
    if target.stream_load is not None and target.stream_load.synthetic is not None:
        nouns["marked_records"] = MarkedRecords(target, run)
    if target.export is not None:
        nouns["exports"] = _Jobs(target, Exports(target, run))
    if target.scenario is not None:
        nouns["scenarios"] = _Jobs(target, Scenarios(target, run))
    return nouns


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
