"""``golive lab``: keep a lab up between runs, look at it, end it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from golive.errors import BadInput, CannotEstablish
from golive.progress import Board, MovingLine, told_while
from golive.waiting import Deadline, wait_until
from golive_lab import configuration, folders, systems
from golive_lab.configuration import Configuration
from golive_lab.context import cache_folder
from golive_lab.control import LabHandle
from golive_lab.files import log_tail
from golive_lab.kubernetes import building, programs
from golive_lab.kubernetes.deploying import Site
from golive_lab.launching import Keep, SupervisorProcess

NOT_UP = 1
FAILED = 1
DOWN_SECONDS = 30.0
_AWAY = ("dead", "failed", "frozen")
"""States of a server that should be up and does not answer. One that is stopped is so by request, or waits for one."""
_STYLES = {"ready": "green", "failed": "bold red", "dead": "bold red", "frozen": "yellow", "stopped": "yellow"}

app = typer.Typer(help="The lab: real servers on loopback, kept up between runs.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="name of the lab: that of the target whose runs attach to it")]


@contextmanager
def _failing(line: MovingLine | None = None) -> Iterator[None]:
    """End the line that moves, say what cannot be established and what to try, and exit."""
    try:
        yield
    except CannotEstablish as error:
        if line is not None:
            line.clear()
        typer.echo(f"{error}" + (f"\n    try: {error.hint}" if error.hint else ""), err=True)
        raise typer.Exit(FAILED) from None


@app.command()
def up(
    name: Name = "lab",
    configuration_name: Annotated[
        str,
        typer.Option(
            "--configuration", help="one of the lab's configurations (default: that of its name, else reference)"
        ),
    ] = "",
    idle_hours: Annotated[float, typer.Option(help="end it after so many hours without use", min=0.01)] = 8.0,
) -> None:
    """Bring up all servers in the background; a run against the target of that name then attaches to them."""
    wanted = _configuration(configuration_name, name)
    kept = folders.find_kept(name)
    if kept is not None:
        _already_up(kept, wanted)
        return
    folder = folders.new_folder()
    began = time.monotonic()
    with _failing():
        services = _services()
        failed = _follow(SupervisorProcess(folder, wanted, services, Keep(name, idle_hours)), name)
    for service, reason in failed.items():
        typer.echo(f"\n{service} failed: {reason}\n{log_tail(folder, service)}", err=True)
    if failed:
        typer.echo(f"\nThe rest of the lab is up; end it with: golive lab down --name {name}", err=True)
        raise typer.Exit(FAILED)
    typer.echo(f"The lab {name!r} is up after {time.monotonic() - began:.1f} s in {folder}")


@app.command()
def build() -> None:
    """Build Kubernetes' programs into the cache, once; the phases that look at a cluster need them."""
    line, began = MovingLine(sys.stderr), time.monotonic()
    if programs.found(cache_folder()) is None:
        typer.echo(f"Kubernetes' programs are built from Go modules: {programs.LONG}; 4 GB in the cache.", err=True)
    with _failing(line):
        building.build(cache_folder(), line.show)
    typer.echo(f"Kubernetes {programs.version('k8s.io/kubernetes')} is built ({time.monotonic() - began:.0f} s)")


@app.command()
def deploy(
    release: Annotated[str, typer.Option(help="tag of the release to deploy")],
    name: Name = "lab",
) -> None:
    """Deploy a release to a kept lab's cluster as the checklist's T-0 does: migrations, two Helm releases, roll-out."""
    kept = folders.find_kept(name)
    if kept is None:
        _not_up(name, as_json=False)
        raise typer.Exit(NOT_UP)
    line = MovingLine(sys.stderr)
    with _failing(line):
        site = Site(kept.path, Configuration.load(kept.configuration), programs.needed(cache_folder()))
        site.deploy(release, line.show)
    line.end(f"{release} is deployed to the lab {name!r}.")


@app.command()
def status(
    name: Name = "lab", *, as_json: Annotated[bool, typer.Option("--json", help="print JSON, for programs")] = False
) -> None:
    """Show every server of a kept lab; exit status 1 when it is not up, or a server of it does not answer."""
    kept = folders.find_kept(name)
    if kept is None:
        _not_up(name, as_json=as_json)
        raise typer.Exit(NOT_UP)
    found = _status(kept)
    if as_json:
        typer.echo(json.dumps({"name": name, "started": kept.started, **found}, indent=2))
    else:
        _show(name, kept, found)
    if away := _away(found["services"]):
        if not as_json:
            _say_what_to_do(kept, away)
        raise typer.Exit(FAILED)


@app.command()
def down(name: Name = "lab") -> None:
    """End a kept lab, remove its folder, and wait until both are done."""
    kept = folders.find_kept(name)
    if kept is None:
        removed = folders.remove_leftovers()
        _not_up(name, as_json=False)
        for folder in removed:
            typer.echo(f"removed {folder}, which a lab that was killed had left")
        return
    try:
        with told_while(lambda: f"ending the lab {name!r}", sys.stderr):
            LabHandle(kept.path).down()
            wait_until(lambda: _gone(kept), Deadline("lab", "ending", DOWN_SECONDS))
    except CannotEstablish as error:
        typer.echo(f"{error}\n    try: kill {kept.pid}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"The lab {name!r} is down.")


def _services() -> tuple[str, ...]:
    """All servers; without the cluster's where its programs are not built. Raises LabUnavailable as programs.found."""
    if programs.found(cache_folder()) is not None:
        return tuple(systems.SERVICES)
    typer.echo("without a cluster, whose programs are not built; build them first with: golive lab build", err=True)
    return tuple(name for name in systems.SERVICES if name not in systems.CLUSTER)


def _configuration(asked: str, name: str) -> Configuration:
    own = (configuration.FOLDER / f"{name}.toml").exists()
    try:
        return Configuration.load(asked or (name if own else "reference"))
    except LookupError as error:
        raise BadInput(str(error), field="--configuration") from None


def _already_up(kept: folders.Kept, wanted: Configuration) -> None:
    if kept.digest != wanted.digest:
        raise BadInput(
            f"a lab named {kept.name!r} is up already, made from another configuration ({kept.configuration!r} as it "
            f"was then) than asked for ({wanted.name!r})",
            suggestion=f"golive lab down --name {kept.name}, then up again; or another --name for a second lab",
        )
    away = _away(_status(kept)["services"])
    if away:
        typer.echo(f"The lab {kept.name!r} is up already, but {_in_words(away)}", err=True)
        _say_what_to_do(kept, away)
        raise typer.Exit(FAILED)
    typer.echo(f"The lab {kept.name!r} is up already, in {kept.folder}; see: golive lab status --name {kept.name}")


def _status(kept: folders.Kept) -> dict[str, Any]:
    try:
        return LabHandle(kept.path).status()
    except CannotEstablish as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from None


def _away(services: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Under each state in which a server does not answer, the servers that are in it."""
    found = {state: [name for name, row in services.items() if row["state"] == state] for state in _AWAY}
    return {state: names for state, names in found.items() if names}


def _say_what_to_do(kept: folders.Kept, away: Mapping[str, list[str]]) -> None:
    """On standard error: where the servers that are away say why, and how the lab is made anew."""
    for name in (name for names in away.values() for name in names):
        typer.echo(f"    log: {kept.path / 'logs' / name}.log", err=True)
    again = " && ".join(f"golive lab {verb} --name {kept.name}" for verb in ("down", "up"))
    typer.echo(f"    try: {again}", err=True)


def _in_words(away: Mapping[str, list[str]]) -> str:
    return "; ".join(
        f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {state}" for state, names in away.items()
    )


def _follow(supervisor: SupervisorProcess, name: str) -> dict[str, str]:
    try:
        with Board(name, sys.stderr) as board:
            return supervisor.follow(board.report)
    except BaseException:  # also an interrupt from the keyboard: half a lab helps nobody
        supervisor.end()
        raise


def _gone(kept: folders.Kept) -> tuple[bool | None, str]:
    there = Path(kept.folder).exists()
    if not kept.alive and not there:
        return True, ""
    return None, f"process {kept.pid} {'runs' if kept.alive else 'is gone'}, folder {'there' if there else 'removed'}"


def _not_up(name: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"name": name, "up": False}))
    else:
        typer.echo(f"No lab named {name!r} is up. Bring it up with: golive lab up --name {name}")


def _show(name: str, kept: folders.Kept, found: dict[str, Any]) -> None:
    table = Table("service", "state", "pid", "port", "MiB", "up", "", box=None, pad_edge=False)
    for service, row in found["services"].items():
        style = _STYLES.get(row["state"], "cyan")
        memory = "" if row["memory_mib"] is None else f"{row['memory_mib']:.0f}"
        uptime = "" if row["uptime"] is None else _duration(row["uptime"])
        cells = (service, f"[{style}]{row['state']}[/]", str(row["pid"] or ""), str(row["port"]), memory, uptime)
        table.add_row(*cells, row["words"])
    console = Console(highlight=False, soft_wrap=True)
    state = "up" if found["up"] else "coming up"
    away = _away(found["services"])
    wanted = sum(row["state"] != "stopped" for row in found["services"].values())
    for condition, names in away.items():
        state += f", {len(names)} of {wanted} {condition}: {', '.join(names)}"
    console.print(f"{name}: {state}", style="bold red" if away else None)
    console.print(f"for {_duration(time.time() - kept.started)}, configuration {kept.configuration}")
    console.print(kept.folder)
    console.print(table)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
