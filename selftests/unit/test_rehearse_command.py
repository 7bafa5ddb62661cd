"""The commands of a rehearsal: where they may begin, and by what they are told to end."""

from __future__ import annotations

import errno
import os
import pwd
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from golive.cli import rehearse
from golive.cli.place import Place
from golive.cli.rehearse import may_be_moved
from golive.errors import BadInput, CredentialsRefused
from golive.rehearsal.journal import Journal
from golive.target import Level
from golive.target.model import Target
from selftests.unit.answering import target
from selftests.unit.moving import STATE
from selftests.unit.places import a_place


def test_production_and_what_is_not_said_to_be_something_else_is_never_moved() -> None:
    def place(**changes: Any) -> Place:
        return a_place(target().model_copy(update=changes), Path())

    may_be_moved(place())
    with pytest.raises(BadInput, match="environment: lab is production"):
        may_be_moved(place(environment=Target.model_fields["environment"].default))
    with pytest.raises(BadInput, match="levels: lab does not grant level disrupt"):
        may_be_moved(place(levels=frozenset({Level.OBSERVE})))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_is_interrupted(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # under nohup the tests themselves ignore one of them
    try:
        with pytest.raises(KeyboardInterrupt), rehearse._told_to_end():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_under_nohup_a_closed_terminal_ends_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with rehearse._told_to_end():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_where_the_terminal_is_gone_undoing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(words: str) -> None:
        raise OSError(errno.EIO, words)

    monkeypatch.setattr(typer, "echo", gone)
    rehearse._say("undone")


def test_one_that_ends_before_it_is_told_to_is_undone_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.begin(tmp_path, STATE)

    def kill(pid: int, number: int) -> None:
        assert (pid, number) == (os.getpid(), signal.SIGTERM)
        with journal:
            raise ProcessLookupError

    monkeypatch.setattr(os, "kill", kill)
    found = rehearse._ended(a_place(target(), tmp_path))
    assert found is not None
    with found:
        assert found.state == STATE


@pytest.fixture
def alice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns the files of this test is called so."""
    names = {os.getuid(): SimpleNamespace(pw_name="alice")}
    monkeypatch.setattr(pwd, "getpwuid", names.__getitem__)


def refused(folder: Path) -> str:
    """What golive abort says of the rehearsal in that folder."""
    with pytest.raises(CredentialsRefused) as said:
        rehearse._ended(a_place(target(), folder))
    assert said.value.hint == "ask alice; or: sudo -u alice golive abort --target NAME"
    return str(said.value)


@pytest.mark.usefixtures("alice")
def test_another_users_journal_is_named_with_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal.begin(tmp_path, STATE) as journal:
        pass

    def may_not(path: Path, flags: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path, flags)

    monkeypatch.setattr(os, "open", may_not)
    assert refused(tmp_path) == f"rehearsal: {journal.path} is of a rehearsal by alice: it may not be written"


@pytest.mark.usefixtures("alice")
def test_another_users_process_is_named_with_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def may_not(pid: int, number: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", pid, number)

    monkeypatch.setattr(os, "kill", may_not)
    with Journal.begin(tmp_path, STATE) as journal:
        words = f"its process {os.getpid()} may not be told to end"
        assert refused(tmp_path) == f"rehearsal: {journal.path} is of a rehearsal by alice: {words}"
