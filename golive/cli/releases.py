"""Which releases a target's ledger knows, and how one that it does not know gets its first record: for messages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

from golive.checklist import Owner
from golive.errors import BadInput, Reason
from golive.evidence.gates import WHOLE
from golive.evidence.ledger import Ledger, releases
from golive.evidence.standing import Stands
from golive.evidence.verification import SIGN_OFF
from golive.nearest import by_nearness, some
from golive.target import Target


def named(home: Path, target: Target, release: str) -> str:
    """The release that is meant: the one given, else the target's. Raises BadInput where neither says one."""
    if release or target.release:
        return release or target.release
    known = releases(home)
    raise BadInput(
        f"no release is named, and the target {target.name!r} names none",
        field="--release", suggestion=f"one that its ledger knows: {some(known)}" if known else "--release TAG",
    )  # fmt: skip


def unknown(ledger: Ledger, phase: str) -> str:
    """Where nothing of the release is in the ledger: which releases are, and what makes its first record.

    Empty where something of it is there. ``phase``: what a first run of it would look at.
    """
    if ledger.links:
        return ""
    home = ledger.folder.parents[1]
    known = by_nearness(ledger.release, releases(home))
    knows = f"; it knows {some(known)}" if known else ", nor any other"
    words = f"the ledger of {ledger.target} knows no release {ledger.release!r}{knows}"
    instead = f"--release={known[0]}; or, for a first record: " if known else ""
    return f"{words}\n    try: {instead}{first_record(ledger, phase)}"


def first_record(ledger: Ledger, phase: str) -> str:
    """The commands that look at a phase and put what they saw into the ledger."""
    of = options(ledger)
    return f"pytest -m {phase} {of}; then golive enter latest {of} --key KEY"


def next_steps(ledger: Ledger, items: Iterable[Stands], gate: str = WHOLE) -> list[str]:
    """The commands that look at those of the items that nobody has looked at, one a phase; none for want of a test."""
    phases: dict[str, list[Stands]] = {}
    for each in items:
        if is_left(each):
            phases.setdefault(each.item.phase, []).append(each)
    sign_off = phases.pop(SIGN_OFF, [])
    steps = [first_record(ledger, phase) for phase in phases]
    return [*steps, _signing(ledger, gate, [each.item.owner for each in sign_off])] if sign_off else steps


def is_left(stands: Stands) -> bool:
    """Whether nobody has looked at it, and somebody can: it has a test, or is to be signed."""
    without = stands.finding is not None and stands.finding.reason == Reason.NOT_IMPLEMENTED
    return stands.look is None and stands.outcome == "UNKNOWN" and not without


def say_next(unknown: str, steps: Iterable[str]) -> None:
    """On standard error: that the release is unknown, else what to do about what nobody has looked at."""
    for words in [unknown] if unknown else [f"    try: {step}" for step in steps]:
        typer.echo(words, err=True)


def _signing(ledger: Ledger, gate: str, roles: list[Owner]) -> str:
    of = options(ledger) + (f" --gate={gate}" if gate != WHOLE else "")
    each = f"; ROLE is each of {', '.join(roles)}" if len(roles) > 1 else ""
    return f"golive sign {of} --role {'ROLE' if each else roles[0]} --key KEY; the signatures decide{each}"


def options(ledger: Ledger) -> str:
    """The options that name this ledger, of every command about one."""
    return f"--target={ledger.target} --release={ledger.release}"
