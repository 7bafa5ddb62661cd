"""``golive checklist``: every item with its test and its proofs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from golive import catalogue as catalogues
from golive.catalogue import Catalogue, Entry
from golive.project import root

_STYLES = {"proven": "green", "no proofs": "bold red", "not implemented": "yellow"}


def show(
    phase: Annotated[str, typer.Option(help="only this phase, for instance smoke")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON, for programs")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="the text of docs/CHECKLIST.md")] = False,
) -> None:
    """Show every item with its test and its proofs; exit 1 if an implemented item has no proof."""
    catalogue = catalogues.read(root(Path.cwd()))
    entries = [entry for entry in catalogue.entries if phase in {"", entry.item.phase}]
    if not entries:
        known = ", ".join(p.name for p in catalogue.checklist.phases)
        raise typer.BadParameter(f"no phase {phase!r}; there are: {known}", param_hint="--phase")
    if as_markdown:
        typer.echo(catalogues.markdown(catalogue), nl=False)
    elif as_json:
        typer.echo(json.dumps({"items": [entry.to_json() for entry in entries]}, indent=1))
    else:
        _print(catalogue, entries)
    if any(entry.state == "no proofs" for entry in entries):
        raise typer.Exit(1)


def _print(catalogue: Catalogue, entries: list[Entry]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for phase in catalogue.checklist.phases:
        of_phase = [entry for entry in entries if entry.item.phase == phase.name]
        if not of_phase:
            continue
        console.print(f"[bold]{phase.title}[/] · {phase.name}")
        for entry in of_phase:
            state = f"[{_STYLES[entry.state]}]{entry.state:<16}[/]"
            console.print(f"  {entry.item.id:<36} {state} {entry.item.title}")
            for line in _decided_by(entry):
                console.print(f"      {line}", style="dim")
        console.print()
    counts = {state: sum(entry.state == state for entry in entries) for state in _STYLES}
    console.print(", ".join(f"{number} {state}" for state, number in counts.items()))
    if counts["not implemented"]:
        console.print("An item that is not implemented is UNKNOWN not_implemented, which decides INCOMPLETE.")


def _decided_by(entry: Entry) -> list[str]:
    if entry.test is None:
        return []
    return [entry.test.where, *(f"red when {proof.red_when}: {proof.expect}" for proof in entry.proofs)]
