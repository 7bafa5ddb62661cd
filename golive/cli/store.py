"""``golive store``: put a run's folder where it outlives the machine that it was made on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from golive.cli.runs import run_folder
from golive.clients.object_storage import ObjectStorageClient, S3Said
from golive.errors import BadInput, CannotEstablish
from golive.progress import told_while
from golive.project import root
from golive.provider import kept
from golive.target import Target
from golive.target.load import find

PREFIX = "results"
"""Below it nothing is ever swept: what the suite writes for its items carries the suite's own mark."""


def store(
    run: Annotated[str, typer.Argument(help="a run: its folder in reports/, or a path")] = "latest",
    target: Annotated[str, typer.Option(help="a target: targets/NAME.toml")] = "lab",
    reports: Annotated[str, typer.Option(help="where runs have their folders")] = "reports",
) -> None:
    """Put the record and reports of a run into the target's suite bucket, as results/RUN/…; exit 1 where it fails."""
    folder = run_folder(run, Path(reports)).resolve()
    looked_at = _target(target)
    client, bucket = ObjectStorageClient(looked_at), looked_at.object_storage.suite_bucket
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    try:
        stored: list[Path] = []
        with told_while(lambda: f"{len(stored)} of {len(files)} files stored", sys.stderr):
            for path in files:
                client.put(bucket, f"{PREFIX}/{folder.name}/{path.relative_to(folder)}", path.read_bytes())
                stored.append(path)
    except (CannotEstablish, S3Said) as error:
        typer.echo(f"not stored: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{len(files)} files stored as {bucket}/{PREFIX}/{folder.name}/")


def _target(name: str) -> Target:
    file = find(name, root(Path.cwd()) / "targets")
    target = file.target
    if not target.provider:
        return target
    overlay = kept(target.provider, target.name, target.provider_options)
    if overlay is None:
        raise BadInput(f"{name}: nothing is kept up", suggestion=f"golive {target.provider} up --name {name}")
    return file.with_overlay(overlay)
