"""What the suite's records leave on its topic, and how they are removed without touching anybody else's.

Kafka removes records only from the head of a partition. Removal therefore ends at the first record that is not the
suite's, or belongs to a run that is still alive: a record in flight is never taken from another run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from golive.clients.kafka import Session
from golive.residue import RunId

if TYPE_CHECKING:
    from kafka import TopicPartition

HEADER = "golive-run"
"""Header that names the run which wrote a record, expiry included."""


def remove_prefix(session: Session, topic: str, removable: Callable[[RunId], bool]) -> list[str]:
    """Remove the longest head of each partition whose records are all removable; names of what was removed."""
    session.state = f"looking for what may be removed from {topic}"
    cuts, names = _cuts(session, topic, removable)
    if cuts:
        session.state = f"removing {len(names)} records from {topic}"
        session.ask(lambda admin: admin.delete_records(cuts))
    return names


def _cuts(
    session: Session, topic: str, removable: Callable[[RunId], bool]
) -> tuple[dict[TopicPartition, int], list[str]]:
    """The offset before which each partition can be cut, and the names of the records before it."""
    from kafka import TopicPartition

    described = session.ask(lambda admin: admin.describe_topics([topic]))
    places = [TopicPartition(topic, p["partition_index"]) for t in described for p in t["partitions"]]
    consumer = session.consumer()
    ends = consumer.end_offsets(places)
    unread = {place for place, begin in consumer.beginning_offsets(places).items() if begin < ends[place]}
    cuts: dict[TopicPartition, int] = {}
    names: list[str] = []
    if unread:
        consumer.assign(sorted(unread))
        consumer.seek_to_beginning(*unread)
    while unread:
        session.deadline.check(session.state)
        for place, records in consumer.poll(timeout_ms=200).items():
            for record in records if place in unread else ():
                owner = _owner(record.headers)
                if owner is None or not removable(owner):
                    unread.discard(place)
                    break
                cuts[place] = record.offset + 1
                names.append(f"{topic}-{record.partition}@{record.offset} of {owner.id}")
        # Control records and gaps have offsets and are never delivered: the position tells that the end is reached.
        unread = {place for place in unread if consumer.position(place) < ends[place]}
    return cuts, names


def _owner(headers: Iterable[tuple[str, bytes]]) -> RunId | None:
    found = next((value for name, value in headers if name == HEADER), None)
    return RunId.owner_of(found.decode("utf-8", "replace")) if found is not None else None
