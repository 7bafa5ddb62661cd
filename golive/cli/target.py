"""``golive target check``: what is wrong in a target file, and what of the target is reachable."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from golive import catalogue
from golive import checklist as checklists
from golive.clients.reach import Endpoint, endpoints, reach
from golive.errors import BadInputs
from golive.progress import told_while
from golive.project import root
from golive.provider import kept, remedy
from golive.target import Level, Target
from golive.target.load import TargetFile, find, references

MOST_WORDS = 70
"""Of a line that moves: one that is longer than its terminal does not."""

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
    folder = root(Path.cwd())
    file = find(name, folder / "targets")
    target = file.target
    console.print(f"{file.path}: syntax and fields: well formed; levels {', '.join(sorted(target.levels))}")
    for remark in _levels_wanting(folder, target.levels):
        console.print(f"levels: {remark}", style="yellow")
    if target.provider:
        overlay = kept(target.provider, target.name, target.provider_options)
        if overlay is None:
            console.print(f"its systems are brought up by {target.provider!r} for each run; none is kept up now")
            console.print(
                f"next: golive {target.provider} up --name {target.name}, then check again to see them reached"
            )
            return
        file = TargetFile(file.path, file.text, file.data, file.with_overlay(overlay))
    _check_files(file, console, partial(_remedy, target))
    if not offline and not _reach_all(file, console):
        raise typer.Exit(1)


def _levels_wanting(folder: Path, granted: frozenset[Level]) -> Iterator[str]:
    """For each phase with tests that need more than is granted: what it needs, and how many items that leaves open."""
    checklist = checklists.load(folder / "checklist.toml")
    tested = catalogue.tests_of(folder, checklist).keys()
    for phase in checklist.phases:
        refused = [
            item.levels - granted
            for item in checklist.items
            if item.phase == phase.name and item.id in tested and item.levels - granted
        ]
        if refused:
            wanted = ", ".join(sorted(frozenset().union(*refused)))
            yield f"{phase.name} needs {wanted} too: {len(refused)} items will be UNKNOWN level_not_granted"


def _remedy(target: Target, field: str) -> str:
    return remedy(target.provider, target.name, target.provider_options, field) if target.provider else ""


def _check_files(file: TargetFile, console: Console, made_by: Callable[[str], str]) -> None:
    """Raises BadInputs for every secret, and the authorities' file, that cannot be read now."""
    authorities, secrets = file.missing_authorities(), file.missing_secrets(made_by)
    number = len(list(references(file.target)))
    if secrets:
        console.print(f"secrets: {len(secrets)} of {number} missing")
    else:
        console.print(f"secrets: all {number} references can be read")
    if authorities or secrets:
        raise BadInputs([*authorities, *secrets])


def _reach_all(file: TargetFile, console: Console) -> bool:
    places = list(endpoints(file.target))
    seconds = file.target.limits.connect
    awaited = [place.label for place in places]

    def looked_at(place: Endpoint) -> str:
        state = reach(place, seconds)
        awaited.remove(place.label)
        return state

    def waiting() -> str:
        return f"waiting for {len(awaited)} of {len(places)} endpoints: {', '.join(awaited)}"[:MOST_WORDS]

    with told_while(waiting, sys.stderr), ThreadPoolExecutor(max_workers=len(places)) as pool:
        states = list(pool.map(looked_at, places))
    # No table of rich's: on a narrow terminal it cuts addresses, and one that is cut cannot be looked into.
    labels, addresses = (max(map(len, column)) for column in zip(*((p.label, p.address) for p in places), strict=True))
    for place, state in zip(places, states, strict=True):
        style = "green" if state == "reachable" else "red"
        console.print(f"{place.label:<{labels}}  {place.address:<{addresses}}  [{style}]{state}[/]")
    good = sum(state == "reachable" for state in states)
    console.print(f"{good} of {len(states)} endpoints reachable (a TCP connection each; nothing was sent)")
    return good == len(states)
