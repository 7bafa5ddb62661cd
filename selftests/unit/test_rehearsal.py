"""A rehearsal's journal and what is undone by it: only its own steps, and only while nobody else deployed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.cli.place import Place
from golive.cli.rehearse import may_be_moved
from golive.errors import BadInput, ProtocolBroken
from golive.evidence.rehearsals import FOLDER, ITEMS, Look, When
from golive.facts.history import Content, History, Revision
from golive.rehearsal.course import Stage, points, rehearse, undo
from golive.rehearsal.journal import Held, Journal, Move, Point, State, read, under_way
from golive.rehearsal.undoing import Refused, left
from golive.residue import RunId
from golive.target import Level
from golive.target.load import read as read_target
from selftests.unit.answering import LAB

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
RUN = str(RunId.make())


def content(tag: str) -> Content:
    return Content("desk-3", tag, f"values of {tag}", f"objects of {tag}")


def at(number: int, tag: str, status: str = "superseded", when: datetime = NOW, description: str = "") -> Revision:
    return Revision(number, status, description, when.isoformat(), content(tag))


BEFORE = (at(1, "1"), at(2, "2", "deployed"))
STATE = State(
    RUN, "staging", "2", "desk", "markets", "https://api", Point(2, content("2")), Point(1, content("1")), ()
)  # fmt: skip


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
def test_what_is_left_after_each_step(state: State, revisions: tuple[Revision, ...], forward: bool) -> None:  # noqa: FBT001 - a parameter of a table
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


class Killed(BaseException):
    """As SIGKILL: nothing more is done."""


@dataclass
class Cluster:
    """Helm and its history, in memory."""

    revisions: list[Revision] = field(default_factory=lambda: list(BEFORE))
    fails: str = ""
    """The tag that does not come up."""
    between: Callable[[], None] = lambda: None
    """What somebody does while golive looks."""
    outcome: str = "PASS"

    def rollback(self, release: str, namespace: str, revision: int, held: int) -> None:
        assert (release, namespace) == ("desk", "markets")
        assert os.fstat(held)
        tag = next(each.content.tag for each in self.revisions if each.number == revision)
        self.add(tag, "failed" if tag == self.fails else "deployed")
        if tag == self.fails:
            raise ProtocolBroken("helm", "timed out waiting")

    def add(self, tag: str, status: str = "deployed") -> None:
        self.revisions = [replace(each, status="superseded") for each in self.revisions]
        self.revisions.append(at(len(self.revisions) + 1, tag, status, datetime.now(UTC)))

    def look(self, when: When) -> Look:
        if when == "rolled_back":
            self.between()
        outcomes = dict.fromkeys(ITEMS[when], self.outcome if when == "rolled_back" else "PASS")
        return Look(run=when, record_sha256="0" * 64, outcomes=outcomes)

    def stage(self, folder: Path, **changes: Any) -> Stage:
        said: list[str] = []
        stage = Stage(
            "staging", "https://api", folder, lambda: History("desk", "markets", tuple(self.revisions)), self,
            self.look, said.append, "0",
        )  # fmt: skip
        return replace(stage, **changes)

    @property
    def tags(self) -> list[str]:
        return [each.content.tag for each in self.revisions]


def test_a_rehearsal_goes_back_and_forward_and_says_what_it_made(tmp_path: Path) -> None:
    cluster = Cluster()
    record = rehearse(cluster.stage(tmp_path), "2", RUN)
    assert cluster.tags == ["1", "2", "1", "2"]
    assert record.revisions.model_dump() == {"current": 2, "earlier": 1, "rolled_back": 3, "rolled_forward": 4}
    assert (record.release, record.earlier_release, record.wrong) == ("2", "1", {})
    kept = (tmp_path / FOLDER / "2" / f"{RUN}.jsonl").read_text(encoding="utf-8")
    steps = ["begin", "move", "moved", "look", "looked", "move", "moved", "look", "looked", "end"]
    assert [json.loads(line)["step"] for line in kept.splitlines()] == steps


def test_what_does_not_hold_when_rolled_back_is_in_the_record_and_the_release_is_deployed_again(tmp_path: Path) -> None:
    cluster = Cluster(outcome="FAIL")
    record = rehearse(cluster.stage(tmp_path), "2", RUN)
    assert record.wrong == {"rolled_back: rollback.application": "FAIL", "rolled_back: rollback.workloads": "FAIL"}
    assert cluster.tags == ["1", "2", "1", "2"]


def test_no_second_one_begins_beside_one_that_was_broken_off(tmp_path: Path) -> None:
    with Journal.begin(tmp_path, STATE):
        pass
    cluster = Cluster()
    with pytest.raises(BadInput, match="open already"):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert cluster.revisions == list(BEFORE)


def test_nothing_is_moved_where_the_release_is_not_as_it_should_be(tmp_path: Path) -> None:
    def look(when: When) -> Look:
        return Look(run=when, record_sha256="0" * 64, outcomes={"deployment.workloads": "FAIL"})

    with pytest.raises(Refused, match=r"deployment\.workloads FAIL"):
        rehearse(Cluster().stage(tmp_path, look=look), "2", RUN)
    assert Journal.find(tmp_path) is None


def test_an_interrupt_is_undone_and_a_kill_later(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    cluster = Cluster(between=interrupt)
    with pytest.raises(KeyboardInterrupt):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert cluster.tags == ["1", "2", "1", "2"]
    assert Journal.find(tmp_path) is None


def test_an_earlier_release_that_does_not_come_up_is_left_again(tmp_path: Path) -> None:
    cluster = Cluster(fails="1")
    with pytest.raises(ProtocolBroken, match="timed out"):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert cluster.tags == ["1", "2", "1", "2"]


def test_a_release_that_fails_on_its_way_forward_is_left_for_people(tmp_path: Path) -> None:
    cluster = Cluster(fails="2")
    with pytest.raises(Refused, match="did not come up"):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert cluster.tags == ["1", "2", "1", "2"]
    journal = Journal.find(tmp_path)
    assert journal is not None
    with journal, pytest.raises(Refused, match="did not come up"):
        undo(cluster.stage(tmp_path), journal)
    assert cluster.tags == ["1", "2", "1", "2"]


def test_where_somebody_deploys_meanwhile_the_rehearsal_ends_there(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.between = lambda: cluster.add("3")
    with pytest.raises(Refused, match="somebody deployed in between"):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert cluster.tags == ["1", "2", "1", "3"]
    assert under_way(tmp_path).exists()


def test_a_journal_of_another_cluster_undoes_nothing(tmp_path: Path) -> None:
    cluster = Cluster()
    with (
        Journal.begin(tmp_path, STATE) as journal,
        pytest.raises(Refused, match="https://api, not of staging at other"),
    ):
        undo(cluster.stage(tmp_path, server="other"), journal)


@pytest.mark.parametrize(
    ("revisions", "words"),
    [
        ((), "Helm knows no release desk"),
        ((at(1, "2", "deployed"),), "no earlier revision to go back to: it is the first release"),
        ((at(7, "2", "deployed"),), "Helm keeps none from before"),
        ((at(1, "1"), at(2, "2", "pending-upgrade")), "has 2 and is pending-upgrade; to be rehearsed is 2, deployed"),
        ((at(1, "1"), at(2, "3", "deployed")), "has 3 and is deployed; to be rehearsed is 2"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_beforehand(revisions: tuple[Revision, ...], words: str) -> None:
    with pytest.raises(Refused, match=re.escape(words)):
        points("2", History("desk", "markets", revisions))


@pytest.mark.parametrize(
    "revisions",
    [
        (at(2, "2", "deployed"),),
        (at(2, "2"), at(3, "3", "failed"), at(4, "2", "deployed", description="Rollback to 2")),
        (at(2, "0", "failed"), at(3, "2", "deployed")),
        (at(2, "0", description='Release "desk" failed: timed out'), at(3, "2", "deployed")),
    ],
)
def test_the_way_back_leads_to_another_release_that_was_deployed(revisions: tuple[Revision, ...]) -> None:
    current, earlier = points("2", History("desk", "markets", (at(1, "1"), *revisions)))
    assert (current, earlier) == (Point(revisions[-1].number, content("2")), Point(1, content("1")))


def test_production_and_what_is_not_said_to_be_something_else_is_never_moved() -> None:
    target = read_target(LAB).target

    def place(**changes: Any) -> Any:
        return Place(Path(), None, target.model_copy(update=changes), None)  # type: ignore[arg-type] # not looked at

    may_be_moved(place())
    with pytest.raises(BadInput, match="environment: lab is production"):
        may_be_moved(place(environment=type(target).model_fields["environment"].default))
    with pytest.raises(BadInput, match="levels: lab does not grant level disrupt"):
        may_be_moved(place(levels=frozenset({Level.OBSERVE})))
