"""How late the live stream's events were to its subscribers while the load ran."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from golive.errors import CannotEstablish
from golive.facts.api_load import NAME as LOAD
from golive.facts.clock import GRAIN
from golive.facts.gateway import Gateway
from golive.facts.identity import Identity
from golive.facts.kept_token import KeptToken
from golive.facts.latency_words import BETTER_LOAD, OVER, UNDER, confirm_decided, decided
from golive.facts.stream_load import ITEM, SYSTEM, Deliveries, Delivery, StreamUnderLoad
from golive.facts.stream_marked import NAME as MARKED_STREAM
from golive.facts.stream_marked import MarkedEvents, why_none
from golive.load.result import LoadResult
from golive.load.window import Course, Json, Watcher, Window
from golive.stats.quantile import Block, Plan, QuantileResult, judge_all
from golive.stats.verdict import Verdict
from golive.target import Target
from golive.target.needed import required

NAME = "stream"
OWN, MARKED = "own events", "marked events"
"""The platform's own, and those of the synthetic instrument, which the suite made."""
PERCENT = 95
MOST_NAMED = 5
MORE_EVENTS = "lengthen load.window, raise stream_load.subscribers, or look again; are all clocks synchronised?"


@dataclass(frozen=True)
class StreamLatency:
    """All deliveries of the window since the load began. A lost one counts as later than any limit.

    ``events``: ``own events`` of the platform, or ``marked events``, made by the suite. ``verdict`` is ``under the
    limit``, ``over the limit`` or ``undecided``. ``worst_ms`` is the latest delivery of the records made in each second
    that came at all, ``lost`` how many of that second's did not.
    """

    events: str
    verdict: str
    why: str
    subscribers: int
    records: int
    deliveries: int
    over: int
    lost_deliveries: int
    repeated: int
    sent_away: tuple[str, ...]
    share: float
    low: float
    high: float
    max_share: float
    needed: int | None
    worst: tuple[str, ...]
    """Subscribers and instruments that are over the limit by themselves, however many others are not."""
    p95_seconds: float | str
    limit_seconds: float
    clock: str
    seconds: tuple[int, ...]
    worst_ms: tuple[float | None, ...]
    lost: tuple[int, ...]


class StreamProbe(Watcher):
    """Subscribes while the window is open."""

    name = NAME

    def __init__(self, target: Target, identity: Identity, gateway: Gateway, tag: str) -> None:
        self._stream = StreamUnderLoad(target)
        self._persona = required(target.stream_load, "stream_load", ITEM).persona
        self._token, self._gateway, self._tag = KeptToken(identity, self._persona), gateway, tag
        self._found: Deliveries | None = None

    def before(self, _: Course) -> None:
        """See that the release that is looked at answers. Raises WrongVersion otherwise."""
        answers = self._gateway.show({self._persona: self._token.current()})
        self._gateway.confirm_release(answers, self._tag)

    def during(self, course: Course) -> None:
        """Listen until the end of the window."""
        self._found = self._stream.follow(self._token.current(), course.remaining, course.stop.is_set)

    def after(self) -> Json:
        """Every delivery that was due."""
        return self._found.to_json() if self._found else {}


class StreamLateness:
    """What the window's subscribers found, of the platform's own events and of marked ones, each judged apart."""

    def __init__(self, target: Target, window: Window) -> None:
        """Raises what kept the stream from being followed, or the load from being made."""
        self._settings = required(target.stream_load, "stream_load", ITEM)
        self._plan = Plan(self._settings.block, self._settings.longest_burst, self._settings.max_share)
        own, self._load = window.of(NAME), LoadResult.from_json(window.of(LOAD)["result"])
        began = datetime.fromisoformat(self._load.started).timestamp() if self._load.started else math.inf
        self._found = {OWN: Deliveries.from_json(own, began)}
        self._unseen: CannotEstablish | None = None
        self.marked = MarkedEvents(why_none(target))
        self.expected = {OWN} if self.marked.state else {OWN, MARKED}
        """The kinds of events that must have been followed."""
        if not self.marked.state:
            self._look_at_marked(window, began)

    def _look_at_marked(self, window: Window, began: float) -> None:
        try:
            seen = window.of(MARKED_STREAM)
        except CannotEstablish as error:
            # Own events that are late are a FAIL all the same; else this is what the item comes to.
            self._unseen, self.marked = error, MarkedEvents(str(error))
            return
        self.marked = MarkedEvents("made", seen["made"], seen["removed"], seen["left"])
        self._found[MARKED] = Deliveries.from_json(seen, began)

    @property
    def facts(self) -> tuple[StreamLatency, ...]:
        """Everything about each kind of events, with its verdict."""
        judged = judge_all(
            {kind: self._blocks(found.due) for kind, found in self._found.items()}, self._plan, ended=True
        )
        return tuple(self._fact(kind, found, judged[kind]) for kind, found in self._found.items())

    def _fact(self, kind: str, found: Deliveries, judged: QuantileResult) -> StreamLatency:
        due, limit = found.due, self._settings.limit
        verdict, why = decided(judged, (*self._load.against_pass(), *_clocks(found.early)), ())
        worst = self._worst(due)
        if worst and verdict != OVER:
            verdict, why = OVER, "; ".join(worst)
        lost = sum(math.isinf(each.late) for each in due)
        return StreamLatency(
            kind, verdict, why, found.subscribers, found.records,
            len(due), judged.over, lost, found.repeated, found.sent_away,
            round(judged.share, 5) if due else 0.0, round(judged.low, 5), round(judged.high, 5),
            self._settings.max_share, judged.needed, worst, _percentile(due), limit, found.clock, *_by_second(due),
        )  # fmt: skip

    def confirm_decided(self, facts: Iterable[StreamLatency]) -> None:
        """Raise TooLittleData where none is over the limit and one is undecided, or what kept marked ones unseen."""
        found = list(facts)
        if self._unseen is not None and not any(each.verdict == OVER for each in found):
            raise self._unseen
        judged = {one.events: (one.verdict, one.why, one.needed) for one in found}
        confirm_decided(SYSTEM, judged, BETTER_LOAD if self._load.against_pass() else MORE_EVENTS)

    def _worst(self, due: tuple[Delivery, ...]) -> tuple[str, ...]:
        """One silent subscriber of thirty, or instrument, is no twentieth of all: each can FAIL by itself."""
        groups: dict[str, list[Delivery]] = {}
        for each in due:
            groups.setdefault(f"subscriber {each.subscriber}", []).append(each)
            groups.setdefault(each.source, []).append(each)
        judged = judge_all({name: self._blocks(some) for name, some in groups.items()}, self._plan, ended=True)
        return tuple(f"{name}: {each.why}" for name, each in judged.items() if each.verdict is Verdict.FAIL)[
            :MOST_NAMED
        ]

    def _blocks(self, due: Sequence[Delivery]) -> list[Block]:
        counts: dict[int, list[int]] = {}
        begin = due[0].made if due else 0.0
        for each in due:
            count = counts.setdefault(int((each.made - begin) / self._plan.block_seconds), [0, 0])
            count[0] += 1
            count[1] += each.late >= self._settings.limit
        return [Block(n, over) for n, over in counts.values()]


def _clocks(early: float) -> tuple[str, ...]:
    """Why lateness may be hidden: what comes before it was made was stamped by a clock that is ahead."""
    words = (
        f"events came up to {early:.1f} s before they were made: the clock that stamps them is ahead of the gateway's"
    )
    return (words,) if early > GRAIN else ()


def too_late(facts: Iterable[StreamLatency]) -> dict[str, str]:
    """Every kind of events that is not under the limit, and what was seen."""
    return {each.events: _in_words(each) for each in facts if each.verdict != UNDER}


def _in_words(found: StreamLatency) -> str:
    ended = f"; connections ended: {', '.join(sorted(set(found.sent_away)))}" if found.sent_away else ""
    return f"{found.verdict}: {found.why}; p95 {found.p95_seconds}; {found.lost_deliveries} never came{ended}"


def _percentile(due: tuple[Delivery, ...]) -> float | str:
    if not due:
        return "nothing was due"
    late = sorted(each.late for each in due)[math.ceil(len(due) * PERCENT / 100) - 1]
    return round(late, 3) if math.isfinite(late) else "never came"


def _by_second(due: Iterable[Delivery]) -> tuple[tuple[int, ...], tuple[float | None, ...], tuple[int, ...]]:
    seconds: dict[int, list[float]] = {}
    begin = None
    for each in due:
        begin = each.made if begin is None else begin
        seconds.setdefault(int(each.made - begin), []).append(each.late)
    worst = tuple(_worst(late) for late in seconds.values())
    return tuple(seconds), worst, tuple(sum(map(math.isinf, late)) for late in seconds.values())


def _worst(late: Iterable[float]) -> float | None:
    came = [each for each in late if math.isfinite(each)]
    return round(1000 * max(came), 1) if came else None
