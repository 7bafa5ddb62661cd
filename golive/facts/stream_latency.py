"""How late the live stream's events were to its subscribers while the load ran."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from golive.facts.api_load import NAME as LOAD
from golive.facts.gateway import Gateway
from golive.facts.identity import Identity
from golive.facts.latency_words import UNDER, confirm_decided, decided
from golive.facts.stream_load import ITEM, SYSTEM, Deliveries, Delivery, StreamUnderLoad
from golive.load.result import LoadResult
from golive.load.window import Course, Json, Watcher, Window
from golive.stats.quantile import Block, Plan, judge
from golive.target import Target
from golive.target.needed import required

NAME = "stream"
PERCENT = 95


@dataclass(frozen=True)
class StreamLatency:
    """All deliveries of the window since the load began. A lost one counts as later than any limit.

    ``verdict`` is ``under the limit``, ``over the limit`` or ``undecided``. ``worst_ms`` is the latest delivery of the
    records made in each second that came at all, ``lost`` how many of that second's did not.
    """

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
        self._identity, self._gateway, self._tag = identity, gateway, tag
        self._found: Deliveries | None = None

    def before(self, _: Course) -> None:
        """See that the release that is looked at answers. Raises WrongVersion otherwise."""
        answers = self._gateway.show({self._persona: self._identity.log_in(self._persona).token})
        self._gateway.confirm_release(answers, self._tag)

    def during(self, course: Course) -> None:
        """Listen until the end of the window."""
        token = self._identity.log_in(self._persona).token
        self._found = self._stream.follow(token, course.remaining, course.stop.is_set)

    def after(self) -> Json:
        """Every delivery that was due; JSON knows no infinity, so a lost one has no lateness."""
        found = asdict(self._found) if self._found else {}
        due = [(d["made"], d["late"] if math.isfinite(d["late"]) else None) for d in found.pop("due", ())]
        return {**found, "due": due}


class StreamLateness:
    """What the window's subscribers found."""

    def __init__(self, target: Target, window: Window) -> None:
        """Raises what kept the stream from being followed, or the load from being made."""
        self._settings = required(target.stream_load, "stream_load", ITEM)
        self._plan = Plan(self._settings.block, self._settings.longest_burst, self._settings.max_share)
        seen = dict(window.of(NAME))
        self._load = LoadResult.from_json(window.of(LOAD)["result"])
        began = datetime.fromisoformat(self._load.started).timestamp() if self._load.started else math.inf
        due = tuple(
            Delivery(made, math.inf if late is None else late) for made, late in seen.pop("due") if made >= began
        )
        self._found = Deliveries(**{**seen, "due": due, "sent_away": tuple(seen["sent_away"])})

    @property
    def fact(self) -> StreamLatency:
        """Everything about it, with the verdict."""
        found, due, limit = self._found, self._found.due, self._settings.limit
        judged = judge(self._blocks(), self._plan, ended=True)
        verdict, why = decided(judged, self._load.against_pass(), ())
        lost = sum(math.isinf(each.late) for each in due)
        return StreamLatency(
            verdict, why, found.subscribers, found.records,
            len(due), judged.over, lost, found.repeated, found.sent_away,
            round(judged.share, 5) if due else 0.0, round(judged.low, 5), round(judged.high, 5),
            self._settings.max_share, judged.needed, _percentile(due), limit, found.clock, *_by_second(due),
        )  # fmt: skip

    def too_late(self, found: StreamLatency) -> dict[str, str]:
        """What was seen, where it is not under the limit."""
        if found.verdict == UNDER:
            return {}
        words = f"{found.verdict}: {found.why}; p95 {found.p95_seconds}; {found.lost_deliveries} never came"
        return {
            "stream": words
            + (f"; connections ended: {', '.join(sorted(set(found.sent_away)))}" * bool(found.sent_away))
        }

    def confirm_decided(self, found: StreamLatency) -> None:
        """Raise TooLittleData where it is undecided."""
        confirm_decided(SYSTEM, {"stream": (found.verdict, found.why, found.needed)})

    def _blocks(self) -> list[Block]:
        counts: dict[int, list[int]] = {}
        begin = self._found.due[0].made if self._found.due else 0.0
        for each in self._found.due:
            count = counts.setdefault(int((each.made - begin) / self._plan.block_seconds), [0, 0])
            count[0] += 1
            count[1] += each.late >= self._settings.limit
        return [Block(n, over) for n, over in counts.values()]


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
