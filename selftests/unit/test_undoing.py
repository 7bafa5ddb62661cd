"""A rehearsal's journal and what is undone by it: only its own steps, and only while nobody else deployed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from golive.errors import BadInput
from golive.evidence.rehearsals import FOLDER
from golive.facts.history import History, Revision
from golive.rehearsal.journal import Held, Journal, Move, State, read, under_way
from golive.rehearsal.undoing import Refused, left
from selftests.unit.moving import BEFORE, NOW, STATE, at


def history(*revisions: Revision) -> History:
    return History("desk", "markets", (*BEFORE, *revisions))


def moved(*moves: Move) -> State:
    return replace(STATE, moves=moves)


BACK, BEGUN = Move("earlier", 1, 3, NOW, done=True), Move("earlier", 1, 3, NOW)
FORWARD, FORWARD_BEGUN = Move("current", 2, 4, NOW, done=True), Move("current", 2, 4, NOW)


@pytest.mark.parametrize(
    ("state", "revisions", "forward"),
    [
        (STATE, (), False),
        (moved(BEGUN), (), False),  # killed before helm began
        (moved(BEGUN), (at(3, "1", "deployed"),), True),
        (moved(BEGUN), (at(3, "1", "pending-rollback"),), True),
        (moved(BEGUN), (at(3, "1", "failed"),), True),
        (moved(BACK), (at(3, "1", "deployed"),), True),
        (moved(BACK, FORWARD_BEGUN), (at(3, "1", "deployed"),), True),
        (moved(BACK, FORWARD_BEGUN), (at(3, "1"), at(4, "2", "pending-rollback")), True),
        (moved(BACK, FORWARD_BEGUN), (at(3, "1"), at(4, "2", "deployed")), False),
        (moved(BACK, FORWARD), (at(3, "1"), at(4, "2", "deployed")), False),
    ],
)
def test_what_is_left_after_each_step(state: State, revisions: tuple[Revision, ...], forward: bool) -> None:
    assert left(state, history(*revisions)).forward is forward


@pytest.mark.parametrize(
    ("state", "revisions"),
    [
        (STATE, (at(3, "3", "deployed"),)),
        (STATE, (at(3, "1", "deployed"),)),  # somebody's own rollback, of which the journal knows nothing
        (moved(BEGUN), (at(3, "3", "deployed"),)),
        (moved(BEGUN), (at(3, "1", "deployed", NOW + timedelta(minutes=5)),)),  # long after golive was killed
        (moved(BEGUN), (at(3, "1"), at(4, "3", "deployed"))),
        (moved(BACK), (at(3, "1"), at(4, "3", "deployed"))),
        (moved(BACK), (at(3, "1"), at(4, "3", "pending-upgrade"))),
        (moved(BACK), (at(3, "1"), at(4, "2", "deployed"))),  # whoever rolled forward meanwhile need not be undone
        (moved(BACK, FORWARD), (at(3, "1"), at(4, "2"), at(5, "1", "deployed"))),
    ],
)
def test_what_somebody_else_deployed_stays(state: State, revisions: tuple[Revision, ...]) -> None:
    with pytest.raises(Refused, match=f"somebody deployed in between: revision {revisions[-1].number} of desk"):
        left(state, history(*revisions))


def test_a_release_that_did_not_come_up_is_not_deployed_again() -> None:
    with pytest.raises(Refused, match="revision 4, the way forward to 2, is failed"):
        left(moved(BACK, FORWARD_BEGUN), history(at(3, "1"), at(4, "2", "failed")))


def test_what_helm_no_longer_keeps_cannot_be_deployed_again() -> None:
    with pytest.raises(Refused, match="no longer keeps revision 2"):
        left(moved(BACK), History("desk", "markets", (at(3, "1", "deployed"),)))
    with pytest.raises(Refused, match="Helm knows no release desk"):
        left(STATE, History("desk", "markets", ()))


def test_a_journal_is_whole_and_held_from_its_first_moment(tmp_path: Path) -> None:
    with Journal.begin(tmp_path, STATE) as journal:
        assert journal.state == STATE
        with pytest.raises(Held, match=f"process {os.getpid()}"):
            Journal.find(tmp_path)
        with pytest.raises(BadInput, match="open already"):
            Journal.begin(tmp_path, STATE)
        move = journal.move("earlier", 3)
        journal.moved(move)
        journal.move("current", 4)
        assert [(each.towards, each.makes, each.done) for each in journal.state.moves] == [
            ("earlier", 3, True), ("current", 4, False),
        ]  # fmt: skip
    assert list((tmp_path / FOLDER).iterdir()) == [under_way(tmp_path)]
    found = Journal.find(tmp_path)
    assert found is not None
    with found:
        assert found.end("left").parent == tmp_path / FOLDER / "2"
    assert Journal.find(tmp_path) is None


def test_a_child_that_goes_on_holds_the_journal_too(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, replace(STATE, run="of another host"))
    childs = os.dup(journal.held)
    with journal:
        pass
    with pytest.raises(Held, match="golive is gone from this host"):
        Journal.find(tmp_path)
    os.close(childs)
    found = Journal.find(tmp_path)
    assert found is not None
    with found:
        pass


def test_a_line_that_was_cut_is_a_step_that_was_never_taken(tmp_path: Path) -> None:
    with Journal.begin(tmp_path, STATE) as journal:
        journal.move("earlier", 3)
    path = under_way(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text + '{"step": "moved", "ma', encoding="utf-8")
    state = read(path)
    assert state is not None
    assert [each.done for each in state.moves] == [False]
    path.write_text("", encoding="utf-8")
    assert read(path) is None
