"""``golive plan``: what a run would read, try, write, load and move, and about how long it would take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from golive import catalogue as catalogues
from golive.evidence.identity import bound_by_builds
from golive.evidence.record import Record
from golive.expression import check_names, meant
from golive.fixtures import EXTRA_TIME, made_of, reached
from golive.fixtures.performance import planned_window
from golive.planning import Plan, Step, plan
from golive.project import root
from golive.target import Level, Target
from golive.target.load import find

VERBS: Mapping[Level, str] = {
    Level.PROBE: "tries",
    Level.CANARY: "writes",
    Level.LOAD: "loads",
    Level.DISRUPT: "moves",
}


def show(
    marker: Annotated[
        str, typer.Option("-m", help="only these phases or sections, as 'smoke or functional'; what pytest -m takes")
    ] = "",
    target: Annotated[str, typer.Option(help="a target: targets/NAME.toml")] = "lab",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON, for programs")] = False,
) -> None:
    """Say what a run would do to a target. Nothing is started, and nothing is connected to."""
    folder = root(Path.cwd())
    catalogue = catalogues.read(folder)
    check_names(marker, catalogue.checklist.markers, "golive checklist")
    file = find(target, folder / "targets")
    items = meant(catalogue.checklist, marker) if marker else frozenset(catalogue.checklist.by_id)
    took = dict(_latest(folder / "reports", file.target.name))
    shared = {noun: seconds(file.target) for noun, seconds in EXTRA_TIME.items()}
    found = plan(catalogue, items, file.target, made_of, reached, shared, took)
    if as_json:
        window = planned_window(file.target, found.nouns)
        told = {"target": file.target.name, "window": asdict(window) if window else None}
        typer.echo(json.dumps(told | {"steps": [step.to_json() for step in found.steps]}, indent=1))
    else:
        _print(found, file.target, marker)


def _latest(reports: Path, target: str) -> Iterator[tuple[str, float]]:
    """Seconds by item in the runs on this target, older ones first."""
    for path in sorted(reports.glob("*/record.json")):
        if path.parent.is_symlink():
            continue
        try:
            record = Record.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            continue  # of another version, or half written: it tells nothing about time
        if record.target == target:
            yield from ((finding.item, finding.seconds) for finding in record.findings if finding.nodeid)


def _print(found: Plan, target: Target, marker: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{target.title}[/] ({target.name}): {f'-m {marker!r}' if marker else 'the whole checklist'}")
    console.print(f"grants {', '.join(sorted(target.levels))}")
    looking = [step for step in found.steps if step.looks]
    console.print(f"reads   {', '.join(found.systems) or 'nothing'}")
    if "services" not in found.systems and any(bound_by_builds(step.item) for step in looking):
        console.print("        their health before and after, for the builds that answer: no item asks the services")
    for level, verb in VERBS.items():
        for step in looking:
            if level in step.does:
                console.print(f"{verb:<7} {step.does[level]}  [dim]{step.item.id}[/]")
    if target.load and (window := planned_window(target, found.nouns)):
        capped = f"; never more than {target.load.max_rate:g} a second" if window.loads else ""
        console.print(f"opens   {window.words}{capped}")
        console.print(f"        once, for {', '.join(step.item.id for step in looking if 'window' in step.nouns)}")
    for step in found.steps:
        if step.implemented and step.refused:
            console.print(f"[yellow]not     {step.item.id}: {_refused(step)}, so it is UNKNOWN[/]")
    without = sum(not step.implemented for step in found.steps)
    if without:
        console.print(f"[yellow]not     {without} items that have no test yet, so they are UNKNOWN[/]")
    if target.provider:
        console.print(f"starts  what of these is not kept up, by {target.provider!r}, for this run alone")
    console.print(f"takes   {_duration(found)}; {len(looking)} of {len(found.steps)} items are looked at")


def _refused(step: Step) -> str:
    names = " and ".join(level.value for level in step.refused)
    return f"level {names} is not granted" if len(step.refused) == 1 else f"levels {names} are not granted"


def _duration(found: Plan) -> str:
    most = f"{found.at_most:,.0f} s at most, one after another"
    return f"about {found.lately:,.0f} s, as lately; {most}" if found.lately is not None else most
