"""``golive diff``: what changed between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from golive.cli.runs import run_folder
from golive.errors import BadInput
from golive.evidence.difference import BETTER, WORSE, Change, Difference, difference
from golive.evidence.record import Record
from golive.project import root

_STYLES = {BETTER: "green", WORSE: "red"}
_MESSAGE_LINES = 3


def diff(
    before: Annotated[str, typer.Argument(help="a run: its folder in reports/, or a path")],
    after: Annotated[str, typer.Argument(help="the other one")] = "latest",
) -> None:
    """Show what changed between two runs; exit 1 if any item got worse."""
    folder = root(Path.cwd()) / "reports"
    old, new = _read(before, folder), _read(after, folder)
    found = difference(old, new)
    _print(found, old, new)
    if any(change.kind == WORSE for change in found.changes):
        raise typer.Exit(1)


def _read(name: str, reports: Path) -> Record:
    """The closed record of a run. Raises BadInput where there is none, or none that can be read."""
    path = run_folder(name, reports) / "record.json"
    if not path.is_file():
        raise BadInput(
            "the run was never closed", file=path, suggestion="record.jsonl beside it holds what the run knew"
        )
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(f"is no run record: {first['msg']}", file=path, field=place) from None


def _print(found: Difference, old: Record, new: Record) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for word, record in (("before", old), ("after ", new)):
        console.print(f"{word}  {record.started[:19]}Z  {escape(record.decision.words)}  [dim]{record.run}[/]")
    for name, (was, is_now) in found.identity.items():
        console.print(f"{name}: {escape(was or 'none')} -> {escape(is_now or 'none')}")
    for change in found.changes:
        _print_change(console, change)
    for change in found.red_to_green:
        console.print(
            f"[yellow]{change.item} went from FAIL to PASS on an unchanged release: that needs a signed reason[/]"
        )
    words = "nothing changed" if not found.changes else f"{len(found.changes)} changed"
    console.print(f"{words}, {found.same} as before")


def _print_change(console: Console, change: Change) -> None:
    style = _STYLES.get(change.kind, "yellow")
    console.print(f"[{style}]{change.kind:<12}[/] {change.item}  {change.words}")
    after = change.after
    if after and after.outcome in {"FAIL", "UNKNOWN"}:
        for line in after.message.splitlines()[:_MESSAGE_LINES]:
            console.print(f"             {line}", style="dim", markup=False)
