"""``golive enter``, ``reason``, ``ledger`` and ``explain``: the ledger of a release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from golive import checklist as checklists
from golive.cli.asking import asked
from golive.cli.place import Place, place
from golive.cli.releases import named, next_steps, options, say_next, unknown
from golive.cli.runs import run_folder
from golive.cli.state import Item, TargetName
from golive.cli.unlocking import KeyFile, PassphraseEnv, unlocked
from golive.errors import BadInput
from golive.errors import Reason as Code
from golive.evidence.chain import Broken
from golive.evidence.ledger import Ledger, Reason, ledger
from golive.evidence.roles import in_words
from golive.evidence.standing import Stands, counts_until, failed_in, standing
from golive.nearest import by_nearness, some

ReleaseName = Annotated[str, typer.Option(help="the release (default: the target's)")]
_STYLES = {"PASS": "green", "FAIL": "bold red", "UNKNOWN": "yellow", "WAIVED": "yellow", "NOT APPLICABLE": "cyan"}


def opened(at: Place, release: str) -> Ledger:
    """The ledger of a release. Raises BadInput where none is named, or where it is not whole."""
    found = ledger(at.home.folder, at.target.name, named(at.home.folder, at.target, release), at.home.roles)
    try:
        _ = found.links, found.records, found.reasons
    except Broken as error:
        raise BadInput(
            f"the ledger proves nothing: {error}", file=found.path, suggestion="restore it from version control"
        ) from None
    return found


def enter(
    run: Annotated[str, typer.Argument(help="a run: its folder in reports/, or a path")],
    key: KeyFile,
    target: TargetName = "lab",
    release: ReleaseName = "",
    passphrase_env: PassphraseEnv = "",
) -> None:
    """Put a run's record into the ledger, signed by the suite's key."""
    at = place(target)
    folder = run_folder(run, at.root / "reports").resolve()
    found = opened(at, release)
    found.acceptable(folder)
    signer, _ = unlocked(at, key, passphrase_env, "suite", "which signs the records of runs")
    link = found.enter(folder, signer, datetime.now(UTC))
    typer.echo(f"link {link.number}: {link.file}\nhead {link.hash}")


def reason(
    key: KeyFile,
    item: Item,
    run: Annotated[str, typer.Option(help="the run that found the FAIL")],
    why: Annotated[str, typer.Option(help="why it no longer counts")] = "",
    target: TargetName = "lab",
    release: ReleaseName = "",
    passphrase_env: PassphraseEnv = "",
) -> None:
    """Say, signed by the item's owner, why a FAIL turned to PASS although nothing of the release changed."""
    at = place(target, item)
    known = at.checklist.named(item)
    at.refuse_secrets({"run": run, "why": why})  # before anything that is said of them
    found = opened(at, release)
    _found_fail(found, known, run)
    signer, _ = unlocked(at, key, passphrase_env, known.owner, f"whose {item} is")
    now = datetime.now(UTC).replace(microsecond=0)
    given = Reason(
        target=found.target, release=found.release, item=item, run=run, why=why or asked("why", "--why"), at=now
    )
    at.refuse_secrets(given.model_dump())
    typer.echo(f"link {found.give(given, signer, now).number}")


def show(
    release: Annotated[str, typer.Argument(help="the release")],
    target: TargetName = "lab",
) -> None:
    """Show what counts for each item from T-7 days to T+24 hours, what is missing, and until when each counts."""
    at = place(target)
    found = opened(at, release)
    now = datetime.now(UTC)
    stands = standing(found.records, found.reasons, at.checklist, now, at.tested)
    console = Console(highlight=False, soft_wrap=True)
    for entered in found.records:
        record = entered.record
        console.print(f"{record.started[:16]}Z  {record.decision.words}  {record.run}", markup=False)
    for phase in at.checklist.phases:
        lines = [each for each in stands.items.values() if each.item.phase == phase.name]
        looked = [each for each in lines if each.look is not None]
        console.print(f"[bold]{phase.title}[/] · {phase.name}: {len(looked)} of {len(lines)} looked at")
        for each in looked:
            _print(console, each, now)
        unseen = [each for each in lines if each.look is None]
        without = {each.item.id for each in unseen if each.finding and each.finding.reason == Code.NOT_IMPLEMENTED}
        for word, ids in (
            ("missing", [each.item.id for each in unseen if each.item.id not in without]),
            ("without a test", [each.item.id for each in unseen if each.item.id in without]),
        ):
            if ids:
                console.print(f"  {word}: {', '.join(ids)}", style="dim", markup=False)
    for turn in stands.turned:
        console.print(turn.words, style="yellow", markup=False)
    console.print(f"{len(found.links)} links, head {found.digest}", markup=False)
    if words := unknown(found, "smoke"):
        typer.echo(words, err=True)


def explain(
    item: Item,
    target: TargetName = "lab",
    release: ReleaseName = "",
) -> None:
    """Show every finding of one item in the ledger, which of them counts, and why the others do not."""
    at = place(target, item)
    found = opened(at, release)
    stands = standing(found.records, found.reasons, at.checklist, datetime.now(UTC), at.tested).items[item]
    known = stands.item
    typer.echo(f"{known.id}: {known.title}")
    typer.echo(f"owner {in_words(known.owner)}, bound to {known.scope}, counts {_fresh(known.fresh_hours)}")
    for entered in found.records:
        for finding in entered.record.findings:
            if finding.item == item:
                mark = "*" if stands.look and stands.look.entered is entered else " "
                ran = "" if finding.nodeid else " (its test did not run)"
                began = (finding.started or entered.record.ended)[:16]
                typer.echo(f"{mark} {began}Z {finding.headline}{ran}  {entered.record.run}")
    until = counts_until(known, stands.look) if stands.look else None
    typer.echo(f"stands: {stands.outcome}{f' until {until:%Y-%m-%d %H:%M} UTC' if until else ''}")
    if stands.told:
        typer.echo(stands.told)
    say_next(unknown(found, known.phase), next_steps(found, [stands]))


def _found_fail(found: Ledger, item: checklists.Item, run: str) -> None:
    """Raises BadInput, with the runs that did, where no run of that name in the ledger found a FAIL of the item."""
    runs = failed_in(found.records, item)
    if run not in runs:
        did = f"those that did: {some(by_nearness(run, runs))}" if runs else "none did"
        words = f"no run {run!r} in the ledger found a FAIL of {item.id}"
        raise BadInput(words, field="--run", suggestion=f"{did}; golive explain {item.id} {options(found)} shows all")


def _print(console: Console, each: Stands, now: datetime) -> None:
    left = f"until {each.until:%Y-%m-%d %H:%M} UTC" if each.until else ""
    if each.until and each.until - now < timedelta(hours=1):
        left += " (soon)"
    console.print(f"  [{_STYLES[each.outcome]}]{each.outcome:<14}[/] {each.item.id:<36} {left}{each.remark}")


def _fresh(hours: int) -> str:
    return f"for {hours} hours" if hours else "until the next deployment"
