"""What items of one run look at together: once while it is young, and never across a repetition."""

from __future__ import annotations

from typing import Any

import pytest

from golive.errors import Unreachable
from golive.facts import cluster, cluster_images, history, release_images
from golive.facts.cluster import Cluster
from golive.facts.history import Histories
from golive.facts.recent import YOUNG, Recent, anew
from golive.facts.running_images import RunningImages
from golive.facts.scans import Scans
from selftests.unit.answering import target


class Looks:
    """Counts the looks that are taken, at a time and in a repetition that a test sets."""

    def __init__(self) -> None:
        self.now, self.repetition, self.taken = 100.0, "", 0

    @property
    def recent(self) -> Recent:
        return Recent(repetition=lambda: self.repetition, now=lambda: self.now)

    def __call__(self) -> int:
        self.taken += 1
        return self.taken


def test_a_look_counts_for_whoever_asks_for_the_same_while_it_is_young() -> None:
    look = Looks()
    recent = look.recent
    assert [recent.of("pods", look), recent.of("pods", look), recent.of("nodes", look)] == [1, 1, 2]
    look.now += YOUNG - 0.001
    assert (recent.of("pods", look), recent.of("nodes", look)) == (1, 2)
    look.now += 0.001
    assert (recent.of("pods", look), recent.of("nodes", look)) == (3, 4)


def test_a_looks_age_counts_from_its_beginning() -> None:
    look = Looks()
    recent = look.recent

    def slow() -> int:
        look.now += YOUNG
        return look()

    assert (recent.of("pods", slow), recent.of("pods", look)) == (1, 2)


def test_another_repetition_looks_anew() -> None:
    look = Looks()
    recent = look.recent
    first = recent.of("pods", look)
    look.repetition = "again"
    assert (first, recent.of("pods", look), recent.of("pods", look)) == (1, 2, 2)


def test_a_look_that_raised_is_not_kept() -> None:
    look = Looks()
    recent = look.recent

    def raises() -> int:
        raise Unreachable("cluster", "gone")

    with pytest.raises(Unreachable):
        recent.of("pods", raises)
    assert recent.of("pods", look) == 1


def test_who_always_looks_by_itself_is_given_no_older_look() -> None:
    look, always = Looks(), anew()
    assert [always.of("pods", look), always.of("pods", look)] == [1, 2]


class Client:
    """An empty cluster that knows what it was asked for."""

    asked: list[str]

    def __init__(self, _: Any) -> None: ...

    def list(self, path: str, **_: Any) -> tuple[()]:
        self.asked.append(path)
        return ()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of every list that facts ask for."""
    Client.asked = []
    for module in (cluster, cluster_images, history, release_images):
        monkeypatch.setattr(module, "ClusterClient", Client)
    return Client.asked


def test_items_share_one_look_at_the_images_in_use(asked: list[str]) -> None:
    recent = Recent()
    tags, running = RunningImages(target(), recent).tags(), Scans(target(), recent).running()
    assert (tags, running, len(asked), len(set(asked))) == ((), (), 12, 12)
    Scans(target()).running()
    assert len(asked) == 24


def test_items_share_one_look_at_helms_history_and_a_rehearsal_does_not(asked: list[str]) -> None:
    shared, own = Histories(target(), "rollback", Recent()), Histories(target(), "a rehearsal")
    assert [shared.application.revisions for _ in range(3)] == [(), (), ()]
    assert len(asked) == 1
    assert [own.application.revisions for _ in range(3)] == [(), (), ()]
    assert len(asked) == 4


def test_items_share_one_look_at_the_nodes(asked: list[str]) -> None:
    recent = Recent()
    assert [Cluster(target(), recent).nodes("1.37") for _ in range(2)] == [(), ()]
    recent.of(cluster.NODES, lambda: asked.append("another item's"))
    assert asked == [cluster.NODES]
