"""What one generator process counts: exact counters that verdicts use, histograms that plots use.

It runs inside the generator and must cost little: once a request it only notes numbers, which are counted some hundreds
at a time, when the code that counts them stays in the processor's caches. Nothing here rounds a latency before it was
compared with the limit.
"""

from __future__ import annotations

from collections import defaultdict
from enum import Enum
from typing import TypedDict

from hdrh.histogram import HdrHistogram

from golive.load.arrivals import RAMP, Arrival
from golive.load.health import LATE_SHARE_OF_LIMIT
from golive.load.plan import LATEST_SEND_S, LoadPlan

DIGITS = 3
"""Significant digits of a histogram of latencies."""
SECOND_BITS = 7
"""Significant bits that the histogram of a single second keeps: 1.6 % at most."""
N, OVER, ERRORS, TIMEOUTS = range(4)
"""Places in the counters of a block."""
NOTED = 256
"""Ends that are noted before they are counted: a quarter of a millisecond's work."""


class End(Enum):
    """How a request ended. ANSWERED with an unexpected status is an error all the same, and so is TOO_SHORT.

    TOO_SHORT was answered with fewer bytes than a good answer has.
    """

    ANSWERED = "answered"
    TOO_SHORT = "too short"
    TIMED_OUT = "timed out"
    FAILED = "failed"


class EndpointCounts(TypedDict):
    """One endpoint within the window: counters of each block, good answers' latencies in microseconds."""

    blocks: list[list[int]]
    histogram: str
    beyond: int
    max_us: int
    statuses: dict[str, int]


class Snapshot(TypedDict):
    """All that a process has counted until now; ``seconds`` holds only those that changed since the last one."""

    plan: str
    sent: int
    dropped: int
    completed: int
    timed_out: int
    failed: int
    late: int
    blamed: int
    lateness: str
    lateness_max_us: int
    cpu: list[float]
    finished: bool
    endpoints: list[EndpointCounts]
    seconds: list[list[object]]


class Latencies:
    """A histogram and what lies beyond it: ``record_value`` drops that silently but for its return value.

    Values are gathered as they come, and enter the histogram when it is asked for: a tenth of the cost a request.
    """

    def __init__(self, highest_s: float) -> None:
        self._histogram = HdrHistogram(1, int(highest_s * 1e6), DIGITS)
        self._gathered: dict[int, int] = {}
        self.beyond = 0
        self.max_us = 0

    def record(self, microseconds: int, count: int = 1) -> None:
        """Count a latency, wherever it lies."""
        gathered = self._gathered
        gathered[microseconds] = gathered.get(microseconds, 0) + count

    def gather(self) -> None:
        """Let what came since the last time enter the histogram, or count it as beyond."""
        for microseconds, count in self._gathered.items():
            if not self._histogram.record_value(max(microseconds, 1), count):
                self.beyond += count
        self.max_us = max(self.max_us, max(self._gathered, default=0))
        self._gathered.clear()

    def encoded(self) -> str:
        """The histogram in HdrHistogram's own exchange format."""
        self.gather()
        text: bytes = self._histogram.encode()
        return text.decode()


class Second:
    """One second of the load: sends that happened in it, and what became of the arrivals that were due in it."""

    __slots__ = ("buckets", "counts", "max_us", "sent")

    def __init__(self) -> None:
        self.sent = 0
        self.counts = [0, 0, 0, 0]
        self.max_us = 0
        self.buckets: dict[int, int] = {}

    def record(self, microseconds: int, count: int = 1) -> None:
        """A good answer's latency, to the bits that are kept."""
        shift = max(microseconds.bit_length() - SECOND_BITS, 0)
        bucket = microseconds >> shift << shift
        self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.max_us = max(self.max_us, microseconds)

    def row(self, number: int) -> list[object]:
        """As it is sent: number, sends, counters, maximum, pairs of latency and count."""
        return [number, self.sent, list(self.counts), self.max_us, [list(pair) for pair in self.buckets.items()]]


class Recorder:
    """Counters of one process. Times are seconds since its start; latencies count from the scheduled arrival."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._limit_us = round(plan.limit_ms * 1000)
        self._late_s = plan.limit_ms * LATE_SHARE_OF_LIMIT / 1000
        self._expected = [frozenset(endpoint.expected) for endpoint in plan.endpoints]
        self._blocks = [[[0, 0, 0, 0] for _ in range(plan.blocks)] for _ in plan.endpoints]
        self._latencies = [Latencies(plan.histogram_max_s) for _ in plan.endpoints]
        self._statuses: list[dict[int | str, int]] = [{} for _ in plan.endpoints]
        self._lateness = Latencies(LATEST_SEND_S * 2)
        self._seconds: dict[int, Second] = {}
        self._changed: set[int] = set()
        self._sends: list[tuple[float, float]] = []
        self._ends: list[tuple[Arrival, float, float, End, int]] = []
        self._usual: dict[tuple[int, int, int, int], dict[int, int]] = defaultdict(dict)
        self.sent_count = self.dropped_count = self._late = self._blamed = 0
        self._completed = self._timed_out = self._ended = 0
        self.cpu: list[float] = []
        """Share of a core in each second."""
        self.taken = 0
        """Arrivals that a user waits for, sent or dropped."""
        self.exhausted = False
        """Whether no arrival is left to be taken."""

    @property
    def finished(self) -> bool:
        """Whether its part has been sent or dropped, and every send has ended; without a part it has not."""
        sent_or_dropped = 0 < self.sent_count + self.dropped_count == self.taken
        return self.exhausted and sent_or_dropped and self.sent_count == self._ended + len(self._ends)

    def sent(self, arrival: Arrival, now_s: float) -> None:
        """A request goes out now."""
        self.sent_count += 1
        self._sends.append((arrival.due_s, now_s))

    def dropped(self) -> None:
        """A request was not sent, because its time was long past."""
        self.dropped_count += 1

    def ended(self, arrival: Arrival, sent_s: float, now_s: float, end: End, status: int = 0) -> None:
        """A request that went out at ``sent_s`` has ended now, with this status where it was answered."""
        self._ends.append((arrival, sent_s, now_s, end, status))
        if len(self._ends) >= NOTED:
            self._count()

    def _count(self) -> None:
        """Count what was noted: at once what is usual by all that tells it from other requests, the rest one by one."""
        sends, self._sends = self._sends, []
        ends, self._ends = self._ends, []
        for due_s, now_s in sends:
            self._late += now_s - due_s > self._late_s
            self._lateness.record(int((now_s - due_s) * 1e6))
            self._second(now_s).sent += 1
        self._ended += len(ends)
        limit_us, expected, usual = self._limit_us, self._expected, self._usual
        for noted in ends:
            (due_s, endpoint, block), _, now_s, end, status = noted
            latency_us = int((now_s - due_s) * 1e6)
            if end is End.ANSWERED and block != RAMP and latency_us < limit_us and status in expected[endpoint]:
                found = usual[endpoint, block, int(due_s), status]
                found[latency_us] = found.get(latency_us, 0) + 1
            else:
                self._count_end(*noted)

    def _count_usual(self) -> None:
        """Good answers within the limit, as they were counted: latencies by endpoint, block, second and status."""
        for (endpoint, block, number, status), found in self._usual.items():
            n, second, latencies = sum(found.values()), self._second(number), self._latencies[endpoint]
            self._completed += n
            self._blocks[endpoint][block][N] += n
            second.counts[N] += n
            self._statuses[endpoint][status] = self._statuses[endpoint].get(status, 0) + n
            for latency_us, count in found.items():
                latencies.record(latency_us, count)
                second.record(latency_us, count)
        self._usual.clear()

    def _count_end(self, arrival: Arrival, sent_s: float, now_s: float, end: End, status: int) -> None:
        answered, timed_out = end in {End.ANSWERED, End.TOO_SHORT}, end is End.TIMED_OUT
        self._completed += answered
        self._timed_out += timed_out
        due_s, endpoint, block = arrival
        if block == RAMP:
            return
        good = end is End.ANSWERED and status in self._expected[endpoint]
        latency_us = int((now_s - due_s) * 1e6)
        over = not good or latency_us >= self._limit_us
        second = self._second(due_s)
        for counts in (self._blocks[endpoint][block], second.counts):
            counts[N] += 1
            if over:
                counts[OVER] += 1
                counts[ERRORS] += not good and not timed_out
                counts[TIMEOUTS] += timed_out
        word = status if end is End.ANSWERED else f"{status} {end.value}" if answered else end.value
        statuses = self._statuses[endpoint]
        statuses[word] = statuses.get(word, 0) + 1
        if good:
            self._latencies[endpoint].record(latency_us)
            second.record(latency_us)
            self._blamed += over and (now_s - sent_s) * 1e6 < self._limit_us

    def snapshot(self) -> Snapshot:
        """All counters until now; of seconds, those that changed since the last snapshot."""
        self._count()
        self._count_usual()
        changed, self._changed = sorted(self._changed), set()
        return {
            "plan": self._plan.digest,
            "sent": self.sent_count,
            "dropped": self.dropped_count,
            "completed": self._completed,
            "timed_out": self._timed_out,
            "failed": self._ended - self._completed - self._timed_out,
            "late": self._late,
            "blamed": self._blamed,
            "lateness": self._lateness.encoded(),
            "lateness_max_us": self._lateness.max_us,
            "cpu": list(self.cpu),
            "finished": self.finished,
            "endpoints": [self._endpoint(number) for number in range(len(self._plan.endpoints))],
            "seconds": [self._seconds[number].row(number) for number in changed],
        }

    def _endpoint(self, number: int) -> EndpointCounts:
        latencies = self._latencies[number]
        return {
            "blocks": [list(counts) for counts in self._blocks[number]],
            "histogram": latencies.encoded(),
            "beyond": latencies.beyond,
            "max_us": latencies.max_us,
            "statuses": {str(word): count for word, count in self._statuses[number].items()},
        }

    def _second(self, at_s: float) -> Second:
        number = int(at_s)
        self._changed.add(number)
        second = self._seconds.get(number)
        if second is None:
            second = self._seconds[number] = Second()
        return second
