"""``golive rehearse`` and ``golive abort``: move a release back and forward where that harms nobody, and undo it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from golive import __version__
from golive.cli.looking import look
from golive.cli.place import Place, place
from golive.cli.unlocking import KeyFile, PassphraseEnv, unlocked
from golive.clients.helm import HelmProgram
from golive.clients.kubernetes import ClusterClient
from golive.errors import BadInput, CannotEstablish, NotDescribed
from golive.evidence import keys, rehearsals
from golive.facts.history import Histories
from golive.progress import told_while
from golive.rehearsal import course
from golive.rehearsal.course import Stage
from golive.rehearsal.journal import Held, Journal, others
from golive.rehearsal.undoing import Refused
from golive.residue import RunId
from golive.target import Level
from golive.target.needed import required
from golive.waiting import Deadline, wait_until

ITEM = "golive rehearse"
NOT_DONE = 1
ABORT_SECONDS = 900.0
"""For a rehearsal that was told to end: what it has begun it undoes first."""

app = typer.Typer(help="Rehearse, where it harms nobody, what must work on the day.", no_args_is_help=True)

TargetName = Annotated[str, typer.Option(help="a target that is not production and grants level disrupt")]


@app.callback()
def _group() -> None:
    """Keep ``rollback`` a subcommand although it is the only one."""


@app.command()
def rollback(
    target: TargetName,
    confirm: Annotated[str, typer.Option(help="the release that runs there now, and shall be rolled back for a while")],
    key: KeyFile,
    passphrase_env: PassphraseEnv = "",
    reports: Annotated[Path | None, typer.Option(help="where the runs that look are kept (default: reports/)")] = None,
) -> None:
    """Roll a release back by Helm, verify by the rollback items, roll forward, verify again, sign the record."""
    at = place(target)
    may_be_moved(at)
    keys.locked(key)
    run = str(RunId.make())
    with _told_to_end():
        try:
            stage = stage_of(at, confirm, (reports or at.root / "reports") / run)
            signer, _ = unlocked(at, key, passphrase_env, "suite", "which signs the records of rehearsals")
            record = course.rehearse(stage, confirm, run)
        except (Refused, CannotEstablish) as error:
            _not_done(error)
    file = rehearsals.write(at.home.folder, record, signer)
    typer.echo(f"signed: {file}")
    if record.wrong:
        wrong = ", ".join(f"{name} {outcome}" for name, outcome in record.wrong.items())
        typer.echo(f"the rehearsal of {confirm} FAILED: {wrong}", err=True)
        raise typer.Exit(NOT_DONE)
    typer.echo(f"rehearsed: {confirm} was rolled back to {record.earlier_release} and forward again")


def abort(
    target: TargetName,
    *,
    leave: Annotated[
        bool, typer.Option("--leave", help="undo nothing: close the journal, since you have seen to what is deployed")
    ] = False,
) -> None:
    """End a rehearsal, or undo one that was broken off: what its journal holds, while nobody else deployed."""
    at = place(target)
    try:
        journal = _ended(at)
        if journal is None:
            typer.echo(f"{target}: no rehearsal is open; nothing to undo")
            return
        with journal:
            if leave:
                typer.echo(f"nothing is undone; the journal is kept in {journal.end('left')}")
            else:
                typer.echo(undone(at, journal))
    except (Refused, CannotEstablish) as error:
        _not_done(error)


def swept(at: Place) -> str:
    """What ``golive clean`` does about one that was broken off; empty where there is none. Raises as ``undone``."""
    try:
        journal = Journal.find(at.home.folder)
    except Held as held:
        return f"{held}; left alone"
    if journal is None:
        return ""
    with journal:
        return undone(at, journal)


def undone(at: Place, journal: Journal) -> str:
    """Undo what an open journal holds; gives what was done. Raises Refused, and CannotEstablish."""
    return course.undo(stage_of(at, journal.state.release, at.root / "reports"), journal)


def stage_of(at: Place, release: str, reports: Path) -> Stage:
    """What a rehearsal of that release goes on at. Raises NotDescribed where a table or the program is not there."""
    settings = required(at.target.rehearsal, "rehearsal", ITEM)
    if settings.kubeconfig is None and not at.target.cluster.in_cluster:
        raise NotDescribed(
            "rehearsal", "the target does not say as whom releases are moved",
            hint='add kubeconfig = "/path" to [rehearsal]; its user needs deploy/rbac/disrupt.yaml',
        )  # fmt: skip
    helm, histories = HelmProgram(settings), Histories(at.target, ITEM)
    _ = helm.program
    return Stage(
        at.target.name, ClusterClient(at.target).address, at.home.folder, lambda: histories.application, helm,
        lambda when: look(at, release, when, reports), _say, __version__,
    )  # fmt: skip


def may_be_moved(at: Place) -> None:
    """Raises BadInput where the target is production, or does not grant the level."""
    if at.target.environment == "production":
        raise BadInput(
            f"{at.target.name} is production (what its target does not say otherwise is): nothing is rehearsed there",
            field="environment", suggestion='on staging, whose target says environment = "staging"',
        )  # fmt: skip
    if Level.DISRUPT not in at.target.levels:
        raise BadInput(
            f"{at.target.name} does not grant level disrupt, which moving a release needs", field="levels",
            suggestion="grant it where releases may be rolled back for a rehearsal",
        )  # fmt: skip


def _ended(at: Place) -> Journal | None:
    """The open journal, once nobody works by it; a rehearsal that does on this host is told to end."""
    try:
        return Journal.find(at.home.folder)
    except Held as held:
        typer.echo(f"{held}; it is told to end, and undoes what it has begun")
        if held.pid:
            _tell_to_end(held.pid, at.home.folder)
    deadline = Deadline("rehearsal", "its ending", ABORT_SECONDS, hint="helm may still be waiting for a roll-out")
    with told_while(lambda: "waiting for it to end", sys.stderr):
        return wait_until(lambda: _free(at), deadline, interval=0.5)[0]


def _tell_to_end(pid: int, folder: Path) -> None:
    """Raises CredentialsRefused for a process of another user's."""
    try:
        with suppress(ProcessLookupError):  # it ended meanwhile
            os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise others(folder, f"its process {pid} may not be told to end") from None


def _free(at: Place) -> tuple[tuple[Journal | None] | None, str]:
    try:
        return (Journal.find(at.home.folder),), ""
    except Held as held:
        return None, str(held)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM, or a terminal that is closed, ends a rehearsal as a key press does: what it has begun is undone."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, end)}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(words: str) -> None:
    """Tell people, also where the terminal is gone: undoing must go on."""
    with suppress(OSError):
        typer.echo(words)


def _not_done(error: Refused | CannotEstablish) -> NoReturn:
    typer.echo(f"golive: {error}", err=True)
    hint = getattr(error, "hint", "")
    if hint:
        typer.echo(f"    try: {hint}", err=True)
    raise typer.Exit(NOT_DONE) from None
