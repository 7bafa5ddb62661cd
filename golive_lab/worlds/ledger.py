"""A load test that was too small, failed or unsigned; a sign-off that lacks a signature or is of another ledger."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from golive_lab.ledger import SIGNERS, LabLedger, ledgers
from golive_lab.statements import LEAD, OFFICER, SUITE, Person
from golive_lab.worlds.people import stated_otherwise
from golive_lab.worlds.registry import WORLDS, World

Change = Callable[[LabLedger], None]
Signing = Callable[[LabLedger, Person], None]


def _of(which: str, change: Change) -> World:
    """A world in which that was done to one of the lab's ledgers."""
    return stated_otherwise(lambda people: change(ledgers(people)[which]))


def _anew(ledger: LabLedger, **changes: Any) -> None:
    shutil.rmtree(ledger.folder)
    ledger.enter(**changes)


def _gone(ledger: LabLedger) -> None:
    shutil.rmtree(ledger.folder)


def _of_another_release(ledger: LabLedger) -> None:
    older = LabLedger(ledger.people, ledger.home, ledger.target, "2026.10.0")
    older.enter()
    shutil.rmtree(ledger.folder)
    older.folder.rename(ledger.folder)


def _changed(ledger: LabLedger) -> None:
    path = ledger.folder / "records" / "run.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")


def _one_more_record(ledger: LabLedger) -> None:
    ledger.enter(run="later")


def _unsigned(ledger: LabLedger, person: Person) -> None:
    ledger.signature(person).unlink()


def _signed_by_another(ledger: LabLedger, person: Person) -> None:
    ledger.sign(person, by=LEAD if person is not LEAD else OFFICER)


def _signed_by_the_suite(ledger: LabLedger, person: Person) -> None:
    ledger.sign(person, by=SUITE)


def _signed_too_early(ledger: LabLedger, person: Person) -> None:
    ledger.sign(person, signed_at=datetime.now(UTC) - timedelta(days=1))


def _by(signing: Signing, person: Person, ledger: LabLedger) -> None:
    signing(ledger, person)


LOAD_TEST: dict[str, Change] = {
    "failed": partial(_anew, failed=["stream_latency"]),
    "too_small": partial(_anew, rate=59.0),
    "signed_by_another": partial(_anew, by=OFFICER),
    "long_ago": partial(_anew, days_ago=7.0),
    "gone": _gone,
    "of_an_older_release": _of_another_release,
    "changed": _changed,
}
SIGN_OFF: dict[str, Signing] = {
    "unsigned": _unsigned,
    "signed_by_another": _signed_by_another,
    "signed_by_the_suite": _signed_by_the_suite,
    "signed_too_early": _signed_too_early,
}
for _name, _change in LOAD_TEST.items():
    WORLDS[f"load_test_{_name}"] = _of("staging", _change)
    WORLDS[f"fix_test_{_name}"] = _of("fix", _change)
for _name, _signing in SIGN_OFF.items():
    for _person in SIGNERS:
        WORLDS[f"sign_off_{_person.role}_{_name}"] = _of("release", partial(_by, _signing, _person))
WORLDS["sign_off_ledger_changed"] = _of("release", _one_more_record)
WORLDS["sign_off_record_changed"] = _of("release", _changed)
WORLDS["sign_off_ledger_gone"] = _of("release", _gone)
