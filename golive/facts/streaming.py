"""The live stream as a customer has it: what comes, also after a cut; beside the topic's own records.

The topic is read in no group and nothing is produced to it: every event that is looked at is the platform's own.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import SecretStr

from golive.clients.http import Request
from golive.clients.kafka import KafkaClient, Session
from golive.clients.kafka_topic import Offsets, Topic
from golive.clients.secret import bearer
from golive.clients.streams import Heard, Patience, StreamClient
from golive.errors import TooLittleData
from golive.facts import arrivals
from golive.facts.arrivals import Course, earliest, gained
from golive.facts.clock import in_words, offset_of
from golive.facts.gateway import GatewayAnswer, fact_of
from golive.facts.refusal import own_refusal
from golive.facts.stream_events import Dialect
from golive.target import Target
from golive.target.functional import Stream as Settings
from golive.target.needed import required

ITEM = "functional.streaming"
SYSTEM = "gateway"
FIRST_SHARE, SETTLE_SHARE, LAST_SHARE = 0.4, 0.2, 0.25
"""Of the time to listen: before the cut; away once the topic has moved on; at least after the cut."""
FLOWING = "flowing"
_LOOK_SECONDS = 0.1
_ENOUGH = 2


@dataclass(frozen=True)
class Outsider:
    """The customer without the entitlement, on the same route. ``verdict`` is ``refused``, or what was wrong."""

    asked: str
    status: int
    verdict: str


@dataclass(frozen=True)
class Arrivals:
    """What came on a connection and, after a cut, on the one that resumed it; beside the topic's own records.

    ``flow`` is ``flowing``, or why it is not. ``disorder``: what is missing, repeated or out of order, and what came to
    the topic between the two connections and was not made up for. ``seconds`` (from the start) and ``age_ms`` are of
    each event in the order of arrival; the age leaves out what an event had to wait while there was no connection.
    """

    flow: str
    events: int
    topic_gained: int
    while_away: int
    ended: tuple[str, ...]
    silent_partitions: tuple[int, ...]
    disorder: dict[str, tuple[str, ...]]
    unlike_records: dict[str, str]
    late: dict[str, str]
    max_age_seconds: float
    clock: str
    cut_at: float
    resumed_at: float
    seconds: tuple[float, ...]
    age_ms: tuple[int, ...]


@dataclass(frozen=True)
class Listening:
    """Everything that was heard. ``openings`` are the answers to those who asked for the stream."""

    openings: tuple[GatewayAnswer, ...]
    outsider: Outsider
    arrivals: Arrivals


class Stream:
    """The stream, listened to anew."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client, self._kafka = StreamClient(SYSTEM, target.limits, target.ca_file), KafkaClient(target)

    @property
    def settings(self) -> Settings:
        """The target's [stream]. Raises NotDescribed where it has none."""
        return required(self._target.stream, "stream", ITEM)

    def opened(self) -> dict[str, int]:
        """The status that each asker must be answered."""
        good = HTTPStatus.SWITCHING_PROTOCOLS if self.settings.kind == "websocket" else HTTPStatus.OK
        return {"MISO subscribes": good, "MISO resumes": good, "CAISO subscribes": HTTPStatus.FORBIDDEN}

    def listen(self, miso: SecretStr, caiso: SecretStr) -> Listening:
        """Subscribe, cut the connection, resume; meanwhile the other customer asks for the same.

        Raises what keeps the stream or its topic from being looked at.
        """
        settings, refusal = self.settings, required(self._target.api, "api", ITEM).refusal
        seconds = settings.seconds + settings.max_age + 4 * self._target.limits.operation

        def work(session: Session) -> tuple[Heard, tuple[GatewayAnswer, ...], Arrivals]:
            with ThreadPoolExecutor(1) as pool:
                asked = pool.submit(self._hear, caiso, Patience())
                openings, found = self._follow(Topic(session, settings.topic), miso)
                return asked.result(), openings, found

        theirs, openings, found = self._kafka.run("following the stream's topic", work, seconds=seconds)
        outsider = Outsider("CAISO subscribes", theirs.opening.status, own_refusal(theirs.opening, refusal))
        return Listening((*openings, self._fact("CAISO subscribes", theirs)), outsider, found)

    def confirm_resumed(self, found: Arrivals) -> None:
        """Raise TooLittleData where the topic gained nothing while the connection was cut: that proves no resuming."""
        if found.while_away == 0:
            raise TooLittleData(
                SYSTEM,
                f"{self.settings.topic} gained nothing while the connection was cut, so resuming had nothing to show",
                hint="raise stream.seconds in the target to several times the pace of the market's records",
            )

    def _follow(self, topic: Topic, token: SecretStr) -> tuple[tuple[GatewayAnswer, ...], Arrivals]:
        dialect, seconds = Dialect(self.settings), self.settings.seconds
        at_start = topic.ends()
        first = self._hear(token, Patience(FIRST_SHARE * seconds, seconds, _ENOUGH))
        at_cut, last_id = topic.ends(), dialect.last_id(first.messages)
        if not first.is_stream:
            nothing = Course((), (), first.opened, at_start=at_start, at_end=at_cut)
            return (self._fact("MISO subscribes", first),), self._arrivals(nothing, dialect, (first,))
        at_resume = self._away(topic, at_cut, first.opened) if last_id else at_cut
        rest = max(LAST_SHARE * seconds, first.opened + seconds - time.time())
        patience = Patience(rest, rest + self.settings.max_age, gained(at_cut, at_resume))
        second = self._hear(token, patience if last_id else Patience(), last_id)
        ahead = offset_of(first.opening.headers.get("date", ""), first.asked, first.opened)
        before, after = (dialect.events(heard.messages, ahead or 0.0) for heard in (first, second))
        at_end = topic.ends()
        records = dialect.records(topic.read(earliest((*before, *after), at_start), at_end))
        course = Course(
            before, after, first.opened, first.ended, second.asked, second.ended,
            at_start, at_cut, at_resume, at_end, records, dialect.made(records, ahead or 0.0),
        )  # fmt: skip
        openings = (self._fact("MISO subscribes", first), self._fact("MISO resumes", second))
        return openings, self._arrivals(course, dialect, (first, second), ahead)

    def _away(self, topic: Topic, at_cut: Offsets, opened: float) -> Offsets:
        """Stay away until the topic has moved on, and a little longer: the stream must have had what it then owes."""
        seconds = self.settings.seconds
        while topic.ends() == at_cut and time.time() < opened + (1 - SETTLE_SHARE) * seconds:
            time.sleep(_LOOK_SECONDS)
        time.sleep(SETTLE_SHARE * seconds)
        return topic.ends()

    def _hear(self, token: SecretStr, patience: Patience, after: str = "") -> Heard:
        settings, headers = self.settings, bearer(token)
        params: dict[str, str] = {}
        if after and settings.kind == "sse":
            headers["Last-Event-ID"] = after
        elif after:
            params[settings.resume_parameter] = after
        request = Request(self._target.gateway.url.rstrip("/") + settings.route, headers=headers, params=params)
        return self._client.listen(settings.kind, request, patience)

    def _fact(self, asked: str, heard: Heard) -> GatewayAnswer:
        return fact_of(asked, self.settings.route, heard.opening, self._target.gateway)

    def _arrivals(
        self, course: Course, dialect: Dialect, heard: tuple[Heard, ...], ahead: float | None = None
    ) -> Arrivals:
        max_age = self.settings.max_age
        points = arrivals.points(course)
        return Arrivals(
            flow=self._flow(course, heard),
            events=len(course.events),
            topic_gained=course.gained,
            while_away=course.while_away,
            ended=tuple(each.end for each in heard if each.is_stream),
            silent_partitions=tuple(arrivals.silent_partitions(course)),
            disorder=arrivals.disorder(course, max_age),
            unlike_records=arrivals.told(arrivals.unlike(course, dialect.names)),
            late=arrivals.told(arrivals.late(course, max_age)),
            max_age_seconds=max_age,
            clock=in_words(ahead),
            cut_at=round(course.cut - course.began, 2) if course.after else 0.0,
            resumed_at=round(course.resumed - course.began, 2) if course.after else 0.0,
            seconds=tuple(second for second, _ in points),
            age_ms=tuple(age for _, age in points),
        )

    def _flow(self, course: Course, heard: tuple[Heard, ...]) -> str:
        settings, count = self.settings, len(course.events)
        if not heard[0].is_stream:
            return f"no stream: the gateway answered {heard[0].opening.status}"
        if count >= settings.min_events:
            return FLOWING
        told = f"silent: {count} events within {heard[-1].ended - course.began:.1f} s, expected {settings.min_events}"
        others = sum(len(each.messages) for each in heard) - count
        if others:
            told += f" ({others} messages have no {settings.partition} and {settings.offset})"
        if course.gained == 0:
            return (
                f"{told}; the topic {settings.topic} is silent too: nothing came to it, so look at its producer first"
            )
        return f"{told}; meanwhile {course.gained} records came to {settings.topic}"
