"""``golive target check``: what is wrong in a target file, and what of the target is reachable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from golive.clients.reach import endpoints, reach
from golive.errors import BadInputs
from golive.project import root
from golive.provider import kept
from golive.target.load import TargetFile, find, references

app = typer.Typer(help="Look at target files.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``check`` a subcommand although it is the only one."""


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="a target: targets/NAME.toml, or a path")],
    *,
    offline: Annotated[bool, typer.Option("--offline", help="read the file only, connect to nothing")] = False,
) -> None:
    """Say what is wrong, by file, line and field, and what is reachable. Exit 1 if something is not."""
    console = Console(highlight=False, soft_wrap=True)
    file = find(name, root(Path.cwd()) / "targets")
    target = file.target
    console.print(f"{file.path}: well formed; levels {', '.join(sorted(target.levels))}")
    if target.provider:
        overlay = kept(target.provider, target.name, target.provider_options)
        if overlay is None:
            console.print(f"its systems are brought up by {target.provider!r} for each run; none is kept up now")
            console.print(
                f"next: golive {target.provider} up --name {target.name}, then check again to see them reached"
            )
            return
        file = TargetFile(file.path, file.text, file.data, file.with_overlay(overlay))
    missing = file.missing_secrets()
    if missing:
        raise BadInputs(missing)
    console.print(f"secrets: all {len(list(references(file.target)))} references can be read")
    if not offline and not _reach_all(file, console):
        raise typer.Exit(1)


def _reach_all(file: TargetFile, console: Console) -> bool:
    places = list(endpoints(file.target))
    seconds = file.target.limits.connect
    with ThreadPoolExecutor(max_workers=len(places)) as pool:
        states = list(pool.map(lambda place: reach(place, seconds), places))
    table = Table("endpoint", "address", "state", box=None, padding=(0, 2, 0, 0))
    for place, state in zip(places, states, strict=True):
        style = "green" if state == "reachable" else "red"
        table.add_row(place.label, f"{place.host}:{place.port}", f"[{style}]{state}[/]")
    console.print(table)
    good = sum(state == "reachable" for state in states)
    console.print(f"{good} of {len(states)} endpoints reachable (a TCP connection each; nothing was sent)")
    return good == len(states)
