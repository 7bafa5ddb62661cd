"""Whether the platform's own flows move: records arrive, the group commits, and the distance stays small."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from golive.clients.kafka import Session
from golive.target.kafka import KafkaFlow

if TYPE_CHECKING:
    from kafka import TopicPartition

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class FlowProgress:
    """One flow over at most its cadence. ``state`` is ``advancing``, or what stands still.

    ``records`` and ``commits`` count offsets gained while watching; ``lag`` is what the group has yet to commit.
    """

    flow: str
    state: str
    records: int
    commits: int
    lag: int
    max_lag: int
    watched_seconds: float
    cadence_seconds: float


@dataclass(frozen=True)
class _Offsets:
    """Offsets of one flow, summed over the topic's partitions."""

    end: int
    committed: int
    lag: int


def name_of(flow: KafkaFlow) -> str:
    """``topic -> group``."""
    return f"{flow.topic} -> {flow.group}"


@dataclass(frozen=True)
class Start:
    """Where every flow stood when the watch began."""

    at: float
    offsets: Mapping[str, _Offsets | None]


def start(session: Session, flows: Iterable[KafkaFlow]) -> Start:
    """Begin to watch: where every flow stands now."""
    session.state = "reading offsets"
    offsets = {name_of(flow): _offsets(session, flow) for flow in flows}
    return Start(time.monotonic(), offsets)  # after the reads: what they took is not time that was watched


def follow(session: Session, flows: Iterable[KafkaFlow], begun: Start) -> tuple[FlowProgress, ...]:
    """Watch every flow until it has advanced since ``begun`` or its cadence is over."""
    flows = list(flows)
    done: dict[str, FlowProgress] = {}
    while len(done) < len(flows):
        for flow in (flow for flow in flows if name_of(flow) not in done):
            seconds = time.monotonic() - begun.at
            seen = _progress(flow, begun.offsets[name_of(flow)], _offsets(session, flow), seconds)
            if seen.state == "advancing" or seen.watched_seconds >= flow.cadence:
                done[seen.flow] = seen
        session.state = f"{len(done)} of {len(flows)} flows have advanced or had their time"
        if len(done) < len(flows):
            time.sleep(POLL_SECONDS)
    return tuple(done[name_of(flow)] for flow in flows)


def _progress(flow: KafkaFlow, first: _Offsets | None, now: _Offsets | None, seconds: float) -> FlowProgress:
    if first is None or now is None:
        return FlowProgress(name_of(flow), "no such topic", 0, 0, 0, flow.max_lag, round(seconds, 2), flow.cadence)
    records, commits = now.end - first.end, now.committed - first.committed
    still = [words for words, gained in (("no new records", records), ("no new commits", commits)) if gained <= 0]
    return FlowProgress(
        name_of(flow), " and ".join(still) or "advancing", records, commits, now.lag, flow.max_lag,
        round(seconds, 2), flow.cadence,
    )  # fmt: skip


def _offsets(session: Session, flow: KafkaFlow) -> _Offsets | None:
    """None where the topic is not there. A partition that the group never committed lags from its beginning."""
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    found = session.ask(lambda admin: admin.describe_topics([flow.topic]))
    described = [topic for topic in found if not topic["error_code"]]
    places = [TopicPartition(flow.topic, p["partition_index"]) for topic in described for p in topic["partitions"]]
    if not places:
        return None
    # Commits before ends: what is produced in between makes the lag larger, never smaller.
    commits = session.ask(lambda admin: admin.list_group_offsets({flow.group: places})).get(flow.group, {})
    begins = session.ask(lambda admin: admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST)))
    ends = session.ask(lambda admin: admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST)))
    committed = _committed(commits, places)
    reached = {place: max(committed[place], begins[place].offset) for place in places}
    return _Offsets(
        end=sum(ends[place].offset for place in places),
        committed=sum(max(offset, 0) for offset in committed.values()),
        lag=sum(max(0, ends[place].offset - reached[place]) for place in places),
    )


def _committed(found: Mapping[TopicPartition, object], places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    return {place: int(getattr(found.get(place), "offset", -1)) for place in places}
