"""Marked events under load: what the suite itself made must reach every subscriber of the synthetic instrument.

Due is what the topic has acknowledged, and lateness needs no second clock: made and heard are by this host's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from pydantic import SecretStr

from golive.clients.kafka import KafkaClient, Session
from golive.clients.kafka_topic import Topic
from golive.clients.streams import Patience
from golive.errors import ResidueLeft
from golive.facts.identity import Identity
from golive.facts.kept_token import KeptToken
from golive.facts.marked_records import MarkedRecords, Marks
from golive.facts.stream_events import Dialect
from golive.facts.stream_load import ITEM, Deliveries, Subscribers, deliveries
from golive.load.window import Course, Json, Watcher
from golive.residue import RunId
from golive.target import Level, Target
from golive.target.needed import required

NAME = "marked_stream"
OWN_CLOCK = "made and heard by the suite's own clock"
NOT_DECLARED = "the target declares no synthetic instrument (stream_load.synthetic): the platform's own events only"
NOT_GRANTED = "the target does not grant canary: the platform's own events only"


def why_none(target: Target) -> str:
    """Why no marked events are made on this target, in words; empty where they are."""
    if target.stream_load is None or target.stream_load.synthetic is None:
        return NOT_DECLARED
    return "" if Level.CANARY in target.levels else NOT_GRANTED


@dataclass
class Removal:
    """What became of the records that were made. ``left`` is why some could not be removed, empty where all were."""

    made: int = 0
    removed: int = 0
    left: str = field(default="")


class MarkedStream:
    """Makes marked records and follows them to their subscribers."""

    def __init__(self, target: Target, run: RunId) -> None:
        self._target, self._run, self._kafka = target, run, KafkaClient(target)
        self._subscribers, self._records = Subscribers(target), MarkedRecords(target, run)
        self._stream = required(target.stream, "stream", ITEM)
        self._load = required(target.stream_load, "stream_load", ITEM)
        self._settings = required(self._load.synthetic, "stream_load.synthetic", ITEM)
        self.removal = Removal()

    def follow(self, token: SecretStr, seconds: float, stopped: Callable[[], bool]) -> Deliveries:
        """Make records for that long, and lay what each subscriber heard beside them; then remove them.

        Raises what keeps them from being made or their route from being followed. What could not be removed after
        all went well stands in ``removal``.
        """
        limit = self._target.limits.operation
        patience = Patience(seconds, seconds, stopped=stopped)
        dialect = Dialect(self._stream)

        def work(session: Session) -> Deliveries:
            partitions = Topic(session, self._settings.topic).partitions
            marks = Marks(session, self._settings, dialect.names[self._stream.event_time], self._run)
            with self._removed_after(session):
                with marks.coming(partitions):
                    heard = self._subscribers.listen(self._settings.route, token, patience, self._settings.subscribers)
                    until = time.time() - self._load.limit
                session.state = "waiting until all marked records are acknowledged"
                made = marks.acknowledged(limit)
                self.removal.made = len(made)
            return replace(deliveries(made, heard, dialect, 0.0, until), clock=OWN_CLOCK)

        return self._kafka.run("following marked records under load", work, seconds=seconds + 4 * limit)

    @contextmanager
    def _removed_after(self, session: Session) -> Iterator[None]:
        try:
            yield
        except BaseException:
            # The way itself is broken, and says why; what is left is removed by the next run, or golive clean.
            with suppress(Exception):
                self._records.remove(session)
            raise
        try:
            self.removal.removed = self._records.remove(session)
        except Exception as error:  # noqa: BLE001 - told as what it is: records that are still there
            self.removal.left = f"{self._settings.topic}: {type(error).__name__}: {error}"


class MarkedProbe(Watcher):
    """Makes and follows marked events while the window is open."""

    name = NAME

    def __init__(self, target: Target, identity: Identity, run: RunId) -> None:
        self._stream = MarkedStream(target, run)
        self._token = KeptToken(identity, required(target.stream_load, "stream_load", ITEM).persona)
        self._found: Deliveries | None = None

    def before(self, _: Course) -> None:
        """Log in."""
        self._token.current()

    def during(self, course: Course) -> None:
        """Make and listen until the end of the window."""
        self._found = self._stream.follow(self._token.current(), course.remaining, course.stop.is_set)

    def after(self) -> Json:
        """Every delivery that was due, and what became of the records."""
        removal = self._stream.removal
        found = self._found.to_json() if self._found else {}
        return {**found, "made": removal.made, "removed": removal.removed, "left": removal.left}


@dataclass(frozen=True)
class MarkedEvents:
    """The records that the suite made of the synthetic instrument. ``state``: ``made``, or why there were none."""

    state: str
    made: int = 0
    removed: int = 0
    """Of these, and of dead runs'; fewer where a run that is alive had its own before them."""
    left: str = ""
    """Why some could not be removed."""

    def confirm_removed(self) -> None:
        """Raise ResidueLeft where records could not be removed."""
        if self.left:
            raise ResidueLeft(f"kafka: marked records could not be removed from {self.left}; golive clean tries again")
