"""Which releases a target's ledger knows, and how one that it does not know gets its first record: for messages."""

from __future__ import annotations

from pathlib import Path

from golive.errors import BadInput
from golive.evidence.ledger import Ledger, releases
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


def options(ledger: Ledger) -> str:
    """The options that name this ledger, of every command about one."""
    return f"--target={ledger.target} --release={ledger.release}"
