"""The course of a rehearsal: back, forward, broken off at each place, and where it must not begin."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golive.errors import BadInput, ProtocolBroken
from golive.evidence.rehearsals import FOLDER, ITEMS, Look, When
from golive.facts.history import History, Revision
from golive.rehearsal.course import Stage, points, rehearse, undo
from golive.rehearsal.journal import Journal, Point, under_way
from golive.rehearsal.undoing import Refused
from selftests.unit.moving import BEFORE, NOW, RUN, STATE, at, content


@dataclass
class Cluster:
    """Helm and its history, in memory."""

    revisions: list[Revision] = field(default_factory=lambda: list(BEFORE))
    fails: str = ""
    """The tag that does not come up."""
    between: Callable[[], None] = lambda: None
    """What somebody does while golive looks."""
    outcome: str = "PASS"
    said: list[str] = field(default_factory=list)
    elsewhere: bool = False
    """Whether helm moves, but another cluster."""

    def newest(self, release: str, namespace: str) -> tuple[int, str] | None:
        assert (release, namespace) == ("desk", "markets")
        return self.revisions[-1].number, self.revisions[-1].deployed.replace("+00:00", "Z")

    def rollback(self, release: str, namespace: str, revision: int, held: int) -> None:
        assert (release, namespace) == ("desk", "markets")
        assert os.fstat(held)
        if self.elsewhere:
            return
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
        stage = Stage(
            "staging", "https://api", folder, lambda: History("desk", "markets", tuple(self.revisions)), self,
            self.look, self.said.append, "0",
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
    assert cluster.said[-4:] == [
        "broken off: interrupted",
        "revision 3, of the earlier release 1, is deployed",
        "rolling to revision 2, 2",
        "undone: 2 is deployed again, as revision 4",
    ]
    assert Journal.find(tmp_path) is None


def test_an_interrupt_of_the_undoing_is_said_and_leaves_the_journal_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def helm(release: str, namespace: str, revision: int, held: int) -> None:
        raise KeyboardInterrupt

    cluster, between = Cluster(), ValueError()

    def breaks() -> None:
        monkeypatch.setattr(cluster, "rollback", helm)  # the next one, which undoes
        raise between

    cluster.between = breaks
    with pytest.raises(KeyboardInterrupt):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert [cluster.said[-4], cluster.said[-1]] == [
        "broken off: ValueError",
        "not undone: interrupted. The journal stays open: golive abort --target staging",
    ]
    assert under_way(tmp_path).exists()


def test_an_earlier_release_that_does_not_come_up_is_left_again(tmp_path: Path) -> None:
    cluster = Cluster(fails="1")
    with pytest.raises(ProtocolBroken, match="timed out"):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert cluster.tags == ["1", "2", "1", "2"]


def test_a_release_that_fails_on_its_way_forward_is_left_for_people(tmp_path: Path) -> None:
    cluster = Cluster(fails="2")
    with pytest.raises(ProtocolBroken, match="timed out"):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    cause, undone = cluster.said[-2:]
    assert cause == "broken off: helm: timed out waiting"
    assert undone.startswith("not undone: revision 4, the way forward to 2, is failed")
    assert undone.endswith("The journal stays open: golive abort --target staging")
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


def test_where_helm_moved_something_else_the_journal_stays_open(tmp_path: Path) -> None:
    cluster = Cluster(elsewhere=True)
    with pytest.raises(Refused, match="helm said that it was done; the newest revision of desk is 2, expected 3"):
        rehearse(cluster.stage(tmp_path), "2", RUN)
    journal = Journal.find(tmp_path)
    assert journal is not None
    with journal, pytest.raises(Refused, match="helm said that it had made revision 3 of desk"):
        undo(cluster.stage(tmp_path), journal)
    assert under_way(tmp_path).exists()


@pytest.mark.parametrize(
    ("newest", "words"),
    [
        ((3, NOW.isoformat()), "revision 3 of 2026-11-26T10:00:00 for helm"),
        ((2, "2026-11-26T10:00:01Z"), "revision 2 of 2026-11-26T10:00:01 for helm"),
        ((2, "yesterday"), "revision 2 of yesterday for helm"),
        (None, "none for helm"),
    ],
)
def test_where_helm_sees_another_cluster_nothing_is_moved(
    newest: tuple[int, str] | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster()
    monkeypatch.setattr(cluster, "newest", lambda *_: newest)
    with pytest.raises(Refused) as caught:
        rehearse(cluster.stage(tmp_path), "2", RUN)
    assert f"{words}, by the kubeconfig and context of [rehearsal], and revision 2 of 2026-11-26T10:00:00 for" in str(
        caught.value
    )
    assert (cluster.revisions, under_way(tmp_path).exists()) == (list(BEFORE), False)


def test_what_helm_would_undo_in_another_cluster_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    with Journal.begin(tmp_path, STATE) as journal:
        move = journal.move("earlier", 3)
        cluster.add("1")
        journal.moved(move)
        monkeypatch.setattr(cluster, "newest", lambda *_: None)
        with pytest.raises(Refused, match="is none for helm"):
            undo(cluster.stage(tmp_path), journal)
    assert (cluster.tags, under_way(tmp_path).exists()) == (["1", "2", "1"], True)


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
