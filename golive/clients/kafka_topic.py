"""One topic read by offsets, in no group and without commits: nobody notices, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from golive.clients.kafka import Session
from golive.clients.kafka_handshake import SYSTEM
from golive.errors import CredentialsRefused, ProtocolBroken

if TYPE_CHECKING:
    from kafka import TopicPartition

MAX_RECORDS = 100_000
"""Records of one partition that are read at most, the newest ones."""
POLL_MS = 200
_NOT_AUTHORIZED = 29
Offsets = dict[int, int]
"""An offset by partition."""


@dataclass(frozen=True)
class TopicRecord:
    """A record as it stands in its topic."""

    partition: int
    offset: int
    value: bytes = field(repr=False)


class Topic:
    """A topic's ends and records, asked over one session. Raises kafka's errors, which the session's client types."""

    def __init__(self, session: Session, name: str) -> None:
        self.name, self._session = name, session
        self._consumer = session.consumer()
        self._places = [_place(name, number) for number in self._partitions()]
        self._consumer.assign(self._places)

    @property
    def partitions(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(place.partition for place in self._places)

    def ends(self) -> Offsets:
        """The offset that the next record of each partition will have."""
        self._session.state = f"reading the offsets of {self.name}"
        return {place.partition: int(end) for place, end in self._consumer.end_offsets(self._places).items()}

    def read(self, first: Mapping[int, int], ends: Mapping[int, int]) -> list[TopicRecord]:
        """The records of each partition from its offset in ``first`` on, before that in ``ends``.

        What the topic keeps no more is left out, and so is what lies further back than MAX_RECORDS.
        """
        begins = {place.partition: int(at) for place, at in self._consumer.beginning_offsets(self._places).items()}
        begin = {p: max(first.get(p, end), begins.get(p, 0), end - MAX_RECORDS) for p, end in ends.items()}
        wanted = [_place(self.name, p) for p, end in ends.items() if begin[p] < end]
        self._consumer.assign(wanted)
        for place in wanted:
            self._consumer.seek(place, begin[place.partition])
        found: list[TopicRecord] = []
        while any(self._consumer.position(place) < ends[place.partition] for place in wanted):
            self._session.state = f"reading {self.name}, {len(found)} records so far"
            self._session.deadline.check(self._session.state)
            for place, records in self._consumer.poll(timeout_ms=POLL_MS).items():
                end = ends[place.partition]
                found += [TopicRecord(place.partition, r.offset, r.value or b"") for r in records if r.offset < end]
        self._consumer.assign(self._places)
        return found

    def _partitions(self) -> list[int]:
        (described,) = self._session.ask(lambda admin: admin.describe_topics([self.name]))
        if described["error_code"] == _NOT_AUTHORIZED:
            raise CredentialsRefused(
                SYSTEM,
                f"the suite's principal may not see {self.name}",
                hint=f"grant it Describe and Read on {self.name}",
            )
        if described["error_code"]:
            raise ProtocolBroken(
                SYSTEM,
                f"topic {self.name} cannot be described: error {described['error_code']}",
                hint=f"is {self.name} the topic that the target means? kafka-topics --describe",
            )
        return [int(partition["partition_index"]) for partition in described["partitions"]]


def _place(topic: str, partition: int) -> TopicPartition:
    from kafka import TopicPartition

    return TopicPartition(topic, partition)
