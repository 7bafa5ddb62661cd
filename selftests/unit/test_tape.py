"""The platform's tape of events: who follows it misses nothing, and it follows no topic that is not there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from golive_lab.platform.config import Kafka, Login
from golive_lab.platform.tape import Position, Tape
from golive_lab.platform.web import Dependencies


def tape() -> Tape:
    login = Login(username="platform", password_file=Path("none"))
    settings = Kafka(bootstrap="127.0.0.1:1", login=login, ca_file=Path("none"), topics={"MISO": "m", "CAISO": "c"})
    return Tape(settings, "gateway", Dependencies("kafka"))


def put(known: Tape, *offsets: int) -> None:
    for offset in offsets:
        known._take("MISO", offset % 2, SimpleNamespace(offset=offset, value=b'{"sequence": %d}' % offset))
    known._wake()


def followed(known: Tape, after: Position | None, count: int, later: tuple[int, ...] = ()) -> list[int]:
    async def follow() -> list[int]:
        found: list[int] = []
        stream = known.follow("MISO", after)
        asyncio.get_running_loop().call_later(0.01, lambda: put(known, *later))
        async with asyncio.timeout(2):
            async for event in stream:
                found.append(event.offset)
                if len(found) == count:
                    return found
        return found

    return asyncio.run(follow())


def test_who_comes_without_a_position_gets_what_is_new() -> None:
    known = tape()
    put(known, 1, 2, 3)
    assert followed(known, None, 2, later=(4, 5)) == [4, 5]


def test_who_resumes_gets_everything_after_the_position_of_each_partition() -> None:
    known = tape()
    put(known, 1, 2, 3, 4, 5, 6)
    assert followed(known, {0: 2, 1: 3}, 3) == [4, 5, 6]
    assert known.position("MISO") == {0: 6, 1: 5}


def test_a_topic_without_partitions_is_not_followed() -> None:
    consumer: Any = SimpleNamespace(partitions_for_topic=lambda topic: {0} if topic == "m" else set())
    with pytest.raises(LookupError, match="no partitions of c"):
        tape()._begin(consumer, {"m": "MISO", "c": "CAISO"})
