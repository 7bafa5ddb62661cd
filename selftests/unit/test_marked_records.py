"""Marked records: what each bears, where it goes, at which pace; what becomes of them afterwards."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from golive.clients.kafka import Session
from golive.facts.marked_records import Marks
from golive.facts.stream_marked import NOT_DECLARED, NOT_GRANTED, MarkedStream, why_none
from golive.residue import RunId
from golive.target import Level, Target
from golive.target.load import read

TARGETS = Path(__file__).parents[2] / "targets"
LAB = read(TARGETS / "lab.toml").target
RUN = RunId.make()
SECONDS = 0.5


class Refusal(Exception):
    """The broker takes no record."""


class Producer:
    """Takes every record, or refuses those of one number."""

    def __init__(self, refused: int = -1) -> None:
        self.sent: list[dict[str, Any]] = []
        self._refused = refused

    def send(self, topic: str, value: bytes, **other: Any) -> Any:
        number, offset = len(self.sent), sum(each["partition"] == other["partition"] for each in self.sent)
        self.sent.append({"topic": topic, "value": json.loads(value), **other})

        def get(timeout: float) -> Any:
            assert timeout > 0
            if number == self._refused:
                raise Refusal
            return SimpleNamespace(partition=other["partition"], offset=100 + offset)

        return SimpleNamespace(get=get)


def marks(producer: Producer) -> Marks:
    session: Any = SimpleNamespace(producer=lambda: producer)
    assert LAB.stream_load is not None
    assert LAB.stream_load.synthetic is not None
    return Marks(session, LAB.stream_load.synthetic.model_copy(update={"rate": 40.0}), "event_time", RUN)


def made(producer: Producer) -> tuple[Marks, float, float]:
    found, began = marks(producer), time.time()
    with found.coming((0, 1)):
        time.sleep(SECONDS)
    return found, began, time.time()


def test_each_record_bears_its_run_its_number_and_its_time_and_the_targets_fields() -> None:
    producer = Producer()
    _, began, ended = made(producer)
    for number, each in enumerate(producer.sent):
        value = each["value"]
        assert (each["topic"], value["market"], value["sequence"]) == ("market.prices.synthetic", "SYNTHETIC", number)
        assert RunId.owner_of(each["key"].decode()) == RUN
        assert [RunId.parse(content.decode()) for _, content in each["headers"]] == [RUN]
        assert began - 0.001 <= datetime.fromisoformat(value["event_time"]).timestamp() <= ended


def test_every_partition_has_its_turn_and_no_more_come_than_the_rate_allows() -> None:
    producer = Producer()
    _, began, ended = made(producer)
    assert [each["partition"] for each in producer.sent] == [number % 2 for number in range(len(producer.sent))]
    assert 2 <= len(producer.sent) <= 40 * (ended - began) + 1


def test_what_was_acknowledged_is_known_by_its_place_and_time() -> None:
    producer = Producer()
    found, *_ = made(producer)
    places = found.acknowledged(1)
    assert set(places) == {(number % 2, 100 + number // 2) for number in range(len(producer.sent))}
    said = [datetime.fromisoformat(each["value"]["event_time"]).timestamp() for each in producer.sent]
    assert list(places.values()) == pytest.approx(said, abs=0.001)


def test_a_record_that_was_refused_is_not_passed_over() -> None:
    found, *_ = made(Producer(refused=1))
    with pytest.raises(Refusal):
        found.acknowledged(1)


def test_what_keeps_records_from_being_made_is_raised_at_the_end_of_the_block() -> None:
    producer: Any = SimpleNamespace(send=lambda *_, **__: (_ for _ in ()).throw(Refusal()))
    with pytest.raises(Refusal), marks(producer).coming((0,)):
        time.sleep(0.05)


def test_what_ends_the_block_itself_comes_first() -> None:
    producer: Any = SimpleNamespace(send=lambda *_, **__: (_ for _ in ()).throw(Refusal()))
    with pytest.raises(KeyboardInterrupt), marks(producer).coming((0,)):
        raise KeyboardInterrupt


def removing(monkeypatch: pytest.MonkeyPatch, removes: Any) -> tuple[MarkedStream, Any]:
    stream = MarkedStream(LAB.model_copy(update={"ca_file": None}), RUN)
    monkeypatch.setattr(stream, "_records", SimpleNamespace(remove=removes))
    session: Any = SimpleNamespace(state="")
    return stream, session


def refuse(_: Session) -> int:
    raise Refusal("may not delete")


def test_records_that_cannot_be_removed_are_told_and_spoil_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, session = removing(monkeypatch, refuse)
    with stream._removed_after(session):
        pass
    assert stream.removal.left == "market.prices.synthetic: Refusal: may not delete"


def test_they_are_removed_after_a_failure_too_whose_reason_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[int] = []
    stream, session = removing(monkeypatch, lambda _: removed.append(1))
    with pytest.raises(KeyboardInterrupt), stream._removed_after(session):
        raise KeyboardInterrupt
    assert removed == [1]
    stream, session = removing(monkeypatch, refuse)
    with pytest.raises(TimeoutError), stream._removed_after(session):
        raise TimeoutError


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (LAB, ""),
        (LAB.model_copy(update={"levels": LAB.levels - {Level.CANARY}}), NOT_GRANTED),
        (LAB.model_copy(update={"stream_load": None}), NOT_DECLARED),
    ],
    ids=["declared and granted", "not granted", "not declared"],
)
def test_why_there_are_none_is_said(target: Target, words: str) -> None:
    assert why_none(target) == words
