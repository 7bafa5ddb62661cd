"""Somebody stated nothing, something else, too long ago, about another release, or did not sign."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from golive_lab.control import LabHandle
from golive_lab.standins.people import FIRST, SECOND
from golive_lab.statements import OFFICER, SAID, Statements, stamp
from golive_lab.worlds.registry import WORLDS, World, world

Change = Callable[[Statements, str], None]


def stated_otherwise(change: Callable[[Statements], None]) -> World:
    """A world in which that was done to the evidence folder; all evidence is as before when it is left."""

    @contextmanager
    def otherwise(lab: LabHandle) -> Iterator[None]:
        statements = Statements(lab.folder)
        with kept(statements.folder):
            change(statements)
            yield

    return otherwise


def _stated_otherwise(name: str, change: Change) -> World:
    """A world in which that was done to one statement."""
    return stated_otherwise(lambda statements: change(statements, name))


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """While the block runs the folder may be changed at will; it is as before when the block is left."""
    copy = folder.with_name(f"{folder.name}-kept")
    shutil.copytree(folder, copy)
    try:
        yield
    finally:
        for path in folder.rglob("*"):
            if path.is_fifo():
                path.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        copy.rename(folder)


def _unstated(statements: Statements, name: str) -> None:
    statements.path(name).unlink()
    statements.envelope(name).unlink()


def _unsigned(statements: Statements, name: str) -> None:
    statements.envelope(name).unlink()


def _reworded(statements: Statements, name: str) -> None:
    path = statements.path(name)
    path.write_text(path.read_text(encoding="utf-8").replace("this release", "an earlier release"), encoding="utf-8")


def _by_another(statements: Statements, name: str) -> None:
    statements.sign(name, OFFICER)


def _with(statements: Statements, name: str, **fields: Any) -> None:
    statements.state(name, **fields)


def _expired(statements: Statements, name: str) -> None:
    now = datetime.now(UTC)
    _with(statements, name, signed_at=stamp(now - timedelta(days=2)), valid_until=stamp(now - timedelta(seconds=1)))


def _document_changed(statements: Statements, name: str) -> None:
    for document in SAID[name].documents:
        with (statements.documents / document).open("a", encoding="utf-8") as file:
            file.write("one more line\n")


def _long_ago(statements: Statements, name: str) -> None:
    _with(statements, name, signed_at=stamp(datetime.now(UTC) - timedelta(days=181)))


def _too_early(statements: Statements, name: str) -> None:
    """Before what it is about: the lab's rollback was a day ago."""
    _with(statements, name, signed_at=stamp(datetime.now(UTC) - timedelta(hours=25)))


def _roll_call(statements: Statements, name: str, **otherwise: Any) -> None:
    statements.call_roll(**otherwise)
    statements.state(name)


CHANGES: dict[str, Change] = {
    "unstated": _unstated,
    "unsigned": _unsigned,
    "reworded_after_signing": _reworded,
    "signed_by_another": _by_another,
    "expired": _expired,
    "of_an_older_release": partial(_with, release="2026.10.0"),
    "denied": partial(_with, holds="false"),
}
for _name in SAID:
    for _what, _change in CHANGES.items():
        WORLDS[f"statement_{_name.replace('-', '_')}_{_what}"] = _stated_otherwise(_name, _change)
for _name in ("cause", "incident", "fix", "again"):
    WORLDS[f"statement_{_name}_before_the_rollback"] = _stated_otherwise(_name, _too_early)
for _name in ("plan", "rollback-plan", "escalation", "standby", "guide", "incident", "configuration"):
    _world = f"statement_{_name.replace('-', '_')}"
    WORLDS[f"{_world}_document_changed"] = _stated_otherwise(_name, _document_changed)
    WORLDS[f"{_world}_without_its_document"] = _stated_otherwise(_name, partial(_with, evidence=[]))
WORLDS["statement_exercise_document_changed"] = _stated_otherwise("exercise", _document_changed)
WORLDS["statement_exercise_long_ago"] = _stated_otherwise("exercise", _long_ago)
WORLDS["statement_exercise_too_slow"] = _stated_otherwise(
    "exercise", partial(_with, measured={"rto_minutes": "61", "rpo_minutes": "4"})
)
WORLDS["statement_exercise_lost_too_much"] = _stated_otherwise(
    "exercise", partial(_with, measured={"rto_minutes": "38", "rpo_minutes": "16"})
)
WORLDS["statement_exercise_without_figures"] = _stated_otherwise("exercise", partial(_with, measured={}))
WORLDS["statement_standby_one_silent"] = _stated_otherwise(
    "standby", partial(_roll_call, people=(*FIRST, *SECOND[:-1]))
)
WORLDS["statement_standby_old_answers"] = _stated_otherwise("standby", partial(_roll_call, minutes=721))
WORLDS["statement_standby_answered_after_signing"] = _stated_otherwise("standby", partial(_roll_call, minutes=0))
WORLDS["statement_standby_nobody_answered"] = _stated_otherwise("standby", partial(_roll_call, people=()))


@world
@contextmanager
def evidence_folder_gone(lab: LabHandle) -> Iterator[None]:
    """The folder of statements is not there: a share that is not mounted."""
    folder = Statements(lab.folder).folder
    with kept(folder):
        shutil.rmtree(folder)
        yield


@world
@contextmanager
def evidence_folder_mute(lab: LabHandle) -> Iterator[None]:
    """The role map can be opened and never read: a share that hangs."""
    folder = Statements(lab.folder).folder
    with kept(folder):
        (folder / "roles.toml").unlink()
        os.mkfifo(folder / "roles.toml")
        yield
