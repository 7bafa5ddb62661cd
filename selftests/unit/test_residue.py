"""Whose residue it is, and when nobody can need it any more."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from golive.residue import LIFETIME, RunId

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def dead_pid() -> int:
    """The id of a process that has been and is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_is_read_back_from_what_it_writes() -> None:
    run = RunId.make(now=NOW)
    assert RunId.parse(str(run)) == run
    assert RunId.owner_of(f"{run.prefix}/some/object") == run
    assert str(run) == f"{run.id}-until-{NOW + LIFETIME:%Y%m%dT%H%M%SZ}"
    assert run.pid == os.getpid()


@pytest.mark.parametrize(
    "name", ["", "golive", "golive-0", "exports/2026", "golive-x-1-2-3-until-20261124T083000Z", "golive-backup.tar/1"]
)
def test_what_no_run_wrote_has_no_owner(name: str) -> None:
    assert RunId.owner_of(name) is None
    with pytest.raises(ValueError, match="not the name of a run"):
        RunId.parse(name)


def test_a_run_in_the_middle_of_a_name_is_no_owner() -> None:
    assert RunId.owner_of(f"backups/{RunId.make()}/x") is None
    assert RunId.owner_of(f"{RunId.make()}x") is None


def test_a_live_run_keeps_its_things_until_the_very_second_they_expire() -> None:
    run = RunId.make(now=NOW)
    assert run.is_alive_here()
    assert not run.may_be_removed(run.expires - timedelta(seconds=1))
    assert run.may_be_removed(run.expires)


def test_a_dead_run_of_this_host_keeps_nothing() -> None:
    run = replace(RunId.make(now=NOW), pid=dead_pid())
    assert not run.is_alive_here()
    assert run.may_be_removed(NOW)


def test_a_process_that_took_over_the_id_is_another_run() -> None:
    run = RunId.make(now=NOW)
    assert replace(run, started=run.started + 1).may_be_removed(NOW)


def test_a_run_of_another_host_is_left_alone_until_it_expires() -> None:
    run = replace(RunId.make(now=NOW), host="0" * 8, pid=dead_pid())
    assert not run.may_be_removed(NOW)
    assert not run.may_be_removed(run.expires - timedelta(seconds=1))
    assert run.may_be_removed(run.expires)
