"""A look of a rehearsal: the items of one state, run by pytest in a process of its own; what decides is its record."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from golive import catalogue
from golive.cli.place import Place
from golive.errors import BadInput, CannotEstablish, TimedOut
from golive.evidence.ledger import read_run
from golive.evidence.rehearsals import ITEMS, Look, When
from golive.progress import told_while
from golive.redact import Redactor
from golive.target.load import secrets_of

SYSTEM: Final = "rehearsal"
LOOK_SECONDS = 900.0
"""For one run, whose items have deadlines of their own."""
END_SECONDS = 60.0
"""For a run that was told to end: its teardown. Then it is killed."""


def look(at: Place, release: str, when: When, reports: Path) -> Look:
    """Run the items of that state. Raises TimedOut, and CannotEstablish where the run left no record."""
    known = {entry.item.id: entry for entry in catalogue.read(at.root).entries}
    items = [known[item] for item in sorted(ITEMS[when])]
    paths = [entry.test.path for entry in items if entry.test]
    phases = " or ".join(sorted({entry.item.phase for entry in items}))
    folder = reports / when
    words = [sys.executable, "-m", "pytest", "-q", f"--target={at.target.name}", f"--release={release}", "-m", phases]
    with told_while(lambda: f"looking ({when.replace('_', ' ')})", sys.stderr):
        said = run([*words, f"--reports={folder}", *paths], at.root, when, folder)
    try:
        raw, record = read_run(folder / "latest")
    except BadInput:
        told = Redactor(secrets_of(at.target))(said).strip()[-300:]
        raise CannotEstablish(SYSTEM, f"looking ({when}) left no record: {told}") from None
    wanted = ITEMS[when]
    outcomes = {f.item: f.headline for f in record.findings if f.item in wanted}
    return Look(run=record.run, record_sha256=hashlib.sha256(raw).hexdigest(), outcomes=outcomes)


def run(argv: Sequence[str], root: Path, when: When, folder: Path) -> str:
    """Run it to its end; gives what it wrote to standard error. However this ends, the process does too."""
    with subprocess.Popen(
        argv, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        errors="replace",
    ) as ran:  # fmt: skip
        try:
            return ran.communicate(timeout=LOOK_SECONDS)[1]
        except subprocess.TimeoutExpired:
            words = f"looking ({when}) took longer than {LOOK_SECONDS:g} s"
            hint = f"{folder} has what it found until then; which of its systems does not answer?"
            raise TimedOut(SYSTEM, words, hint=hint) from None
        finally:
            _end(ran)


def _end(ran: subprocess.Popen[str]) -> None:
    if ran.poll() is not None:
        return
    ran.terminate()
    try:
        ran.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        ran.kill()
        ran.wait()
