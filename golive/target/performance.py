"""What the platform promises under load: the arrival rate, the window, and the limits of latency.

Durations are seconds, rates are requests a second over all endpoints together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from golive.target.base import NonEmpty, RoutePath, Seconds, Section, wrong_field

if TYPE_CHECKING:
    from golive.target.metrics import Requests
    from golive.target.model import Target

LEAST_BLOCKS = 20
"""Blocks below which a window cannot tell bursts from chance; see docs/measurement.md."""
ALPHA = 0.05
"""The chance of a wrong verdict that the decision allows; see golive.stats.quantile."""
SHARE_OF_A_BLOCK = 1e-6


class Endpoint(Section):
    """One read route under load, with its query. ``weight`` is its share of the arrivals, among all weights."""

    route: RoutePath
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    statuses: Annotated[tuple[Annotated[int, Field(ge=100, le=599)], ...], Field(min_length=1)] = (200,)
    """Of good answers; every other one is an error."""
    least_bytes: Annotated[int, Field(ge=0)] = 1
    """Of a good answer's body: one that is shorter is an error, however quick; 204 and 304 have none."""


class Guard(Section):
    """A figure of real users in [metrics] that ends the load: where it is above ``most``, or cannot be seen."""

    query: NonEmpty
    """PromQL that always gives a number: of several series the highest counts. What selects users but not the suite's
    own requests is the target's to know; end it with ``or vector(0)`` where no data is no harm."""
    most: float
    every: Seconds = 5
    looks: Annotated[int, Field(ge=1, le=100)] = 2
    """Consecutive ones that must be beyond it."""


class Load(Section):
    """Requests at a fixed arrival rate, and what share of them may be slower than the limit."""

    persona: NonEmpty = "miso"
    """Whose token the requests bear."""
    endpoints: Annotated[dict[NonEmpty, Endpoint], Field(min_length=1)]
    rate: Annotated[float, Field(gt=0, le=5000)]
    max_rate: Annotated[float, Field(gt=0, le=5000)]
    """The rate that this platform may be asked for at most, whatever ``rate`` says."""
    window: Annotated[Seconds, Field(ge=10, le=7200)] = 600
    quiet_window: Annotated[Seconds, Field(ge=2, le=7200)] = 600
    """Length where no load is made: the level is not granted, or nothing that was selected needs it."""
    ramp: Annotated[float, Field(ge=0, le=600)] = 30
    """Seconds over which the arrival rate rises, before the window; they are not counted."""
    block: Annotated[float, Field(gt=0, le=600)] = 30
    """Seconds that are counted together: bursts longer than a block are beyond the window."""
    longest_burst: Annotated[float, Field(ge=0, le=600)] = 10
    """Seconds of the longest burst of slowness that must not have stayed unseen; about a sixtieth of the window."""
    limit: Seconds = 0.25
    max_share: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Share of the requests that may be at or over the limit: 0.05 is p95."""
    timeout: Annotated[float, Field(gt=0, le=120)] = 10
    """A request is given up then, and counts as over the limit."""
    calibrate: bool = True
    """Before the window the same rate for some seconds against a server of the suite's own that answers at once."""
    quiet_rounds: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Times that every read of the API is asked for in a window without load, at most."""
    guards: dict[NonEmpty, Guard] = Field(default_factory=dict)
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes of the load generator on this host."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.rate > self.max_rate:
            raise ValueError(f"rate {self.rate:g} is above max_rate {self.max_rate:g}, the cap")
        if self.window / self.block < LEAST_BLOCKS:
            raise ValueError(
                f"a window of {self.window:g} s holds fewer than {LEAST_BLOCKS} blocks of {self.block:g} s"
            )
        if self.timeout <= self.limit:
            raise ValueError(f"timeout {self.timeout:g} s must be above the limit {self.limit:g} s")
        blocks = self.window / self.block
        if abs(blocks - round(blocks)) > SHARE_OF_A_BLOCK:
            raise ValueError(f"a window of {self.window:g} s is no whole number of blocks of {self.block:g} s")
        if self.rate * self.window < self.processes:
            raise ValueError(f"rate {self.rate:g} gives {self.processes} processes less than a request each")
        most = longest_shown(self.window, self.block, self.max_share)
        if self.longest_burst > most:
            raise ValueError(
                f"longest_burst {self.longest_burst:g} s is never shown by this window: {most:.2g} s at most"
            )
        return self


class Synthetic(Section):
    """An instrument of which only the suite makes prices, while subscribers follow them as they do any other.

    Its topic is declared beforehand: the suite's principal alone may write it, the platform's streams read it, and
    nothing that stores prices or serves customers does. It is described as [stream] is, but for topic and route.
    """

    topic: NonEmpty
    route: RoutePath
    """Where the gateway serves it, to whoever has its entitlement."""
    record: dict[NonEmpty, Any]
    """The fields that all its records have alike; the event's time and the number are the suite's."""
    sequence: NonEmpty = "sequence"
    """Field of the record that takes its number, from 0."""
    rate: Annotated[float, Field(gt=0, le=50)] = 4
    """Records a second, over all partitions in turn."""
    subscribers: Annotated[int, Field(ge=1, le=100)] = 2


class StreamLoad(Section):
    """Subscribers to the live stream ([stream]) while the load runs, and how late an event may be."""

    subscribers: Annotated[int, Field(ge=1, le=500)] = 10
    persona: NonEmpty = "miso"
    block: Annotated[float, Field(gt=0, le=600)] = 25
    """As for the load; the last ``limit`` seconds of the window are not counted."""
    longest_burst: Annotated[float, Field(ge=0, le=600)] = 9
    limit: Seconds = 5
    max_share: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Share of the deliveries that may be later than the limit or lost: 0.05 is p95."""
    synthetic: Synthetic | None = None
    """Where there is one, and the target grants canary, marked events are followed besides."""


def longest_shown(window: float, block: float, max_share: float) -> float:
    """The longest burst, in seconds, that such a window can speak of where nothing in it was slow."""
    return min(block, window * math.log1p(-max_share) / math.log(ALPHA))


def load_fits(target: Target) -> Target:
    """The target itself. Raises ValidationError where its load could decide nothing about what is looked at."""
    load, stream = target.load, target.stream_load
    for name, section in (("load", load), ("stream_load", stream)):
        if section and section.persona not in target.identity.personas.by_name():
            words = "is none of identity.personas"
            raise wrong_field((name, "persona"), words, "miso, caiso, or one of identity.personas.others")
    requests = target.metrics.requests if target.metrics else None
    if load and requests:
        _confirm_shown(("metrics", "requests"), requests, load.quiet_window, load.max_share)
    if load and stream:
        _confirm_shown(("stream_load",), stream, load.ramp + load.window - stream.limit, stream.max_share)
    return target


def _confirm_shown(place: tuple[str, ...], blocks: Requests | StreamLoad, seconds: float, max_share: float) -> None:
    if seconds / blocks.block < LEAST_BLOCKS:
        words = f"is too long: {max(seconds, 0):g} s are looked at, which hold fewer than {LEAST_BLOCKS} such blocks"
        raise wrong_field((*place, "block"), words, f"at most {max(seconds, 0) / LEAST_BLOCKS:.2g}, or a longer window")
    most = longest_shown(seconds, blocks.block, max_share)
    if blocks.longest_burst > most:
        words = f"is never shown by {seconds:g} s in blocks of {blocks.block:g} s"
        raise wrong_field((*place, "longest_burst"), words, f"at most {most:.2g}, or a longer window")


def synthetic_is_apart(target: Target) -> Target:
    """The target itself. Raises ValidationError where its synthetic instrument is not the suite's own alone."""
    synthetic, stream = target.stream_load.synthetic if target.stream_load else None, target.stream
    if synthetic is None or stream is None:
        return target
    place, kafka = ("stream_load", "synthetic"), target.kafka
    topics = {
        kafka.suite_topic: "kafka.suite_topic, which nobody serves",
        **dict.fromkeys(kafka.topics, "one of kafka.topics"),
        **{flow.topic: "a topic of kafka.flows" for flow in kafka.flows},
        stream.topic: "the topic of [stream]",
    }
    if synthetic.topic in topics:
        words = f"is {topics[synthetic.topic]}: marked records would be among it"
        raise wrong_field((*place, "topic"), words, "a topic that only the suite writes: market.prices.synthetic")
    if synthetic.route == stream.route:
        words = "is the route of [stream]: its subscribers are customers"
        raise wrong_field((*place, "route"), words, "the route on which the synthetic instrument alone is served")
    time = stream.record.get(stream.event_time, stream.event_time)
    for name in sorted({time, synthetic.sequence} & synthetic.record.keys()):
        raise wrong_field((*place, "record"), f"gives {name}, which differs in each record", f"leave {name} out")
    return target
