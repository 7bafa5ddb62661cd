"""A rehearsal on staging that failed, is of something else, too old, changed since, or by nobody who may sign it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from golive_lab.images import EARLIER_RELEASE
from golive_lab.rehearsed import LabRehearsal, rehearsal
from golive_lab.statements import OFFICER
from golive_lab.worlds.people import stated_otherwise
from golive_lab.worlds.registry import WORLDS, World

Change = Callable[[LabRehearsal], None]


def _otherwise(change: Change) -> World:
    """A world in which that was done to the rehearsal."""
    return stated_otherwise(lambda people: change(rehearsal(people)))


def _with(record: LabRehearsal, **changes: Any) -> None:
    record.enter(**changes)


def _gone(record: LabRehearsal) -> None:
    record.path.unlink()


def _changed(record: LabRehearsal) -> None:
    """The signature is that of the rehearsal before."""
    before = json.loads(record.path.read_text(encoding="utf-8"))
    record.enter(run="another")
    after = json.loads(record.path.read_text(encoding="utf-8"))
    record.path.write_text(json.dumps({**after, "signatures": before["signatures"]}), encoding="utf-8")


CHANGES: dict[str, Change] = {
    "failed": partial(_with, failed="rollback.workloads"),
    "broken_off": partial(_with, looks={}),
    "to_another_release": partial(_with, earlier_release="2026.10.1"),
    "of_an_older_release": partial(_with, release=EARLIER_RELEASE),
    "on_another_target": partial(_with, target="sandbox"),
    "signed_by_another": partial(_with, by=OFFICER),
    "long_ago": partial(_with, days_ago=7.0),
    "changed": _changed,
    "gone": _gone,
}
for _name, _change in CHANGES.items():
    WORLDS[f"rehearsal_{_name}"] = _otherwise(_change)
