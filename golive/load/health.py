"""The generator's own health. Its noise only adds latency, so it can excuse a slow result and never a fast one."""

from __future__ import annotations

from dataclasses import dataclass

LATE_SHARE_OF_LIMIT = 0.1
"""A send is late when it missed its arrival by more than this share of the limit."""
LATE_TOLERATED = 0.05
"""Share of late sends from which on slowness may be the generator's."""
BLAMED_TOLERATED = 0.005
"""Share of requests that are over the limit only because they were sent late, from which on the same holds."""
BUSY = 0.9
"""Mean share of a core from which on a generator process is full: one process uses one core."""
NOISE_SHARE_OF_LIMIT = 0.1
"""Share of the limit that the 95th percentile against a null server may reach."""


@dataclass(frozen=True)
class Calibration:
    """The same rate against a server that answers at once: latencies (ms) that are the generator's own."""

    rate: float
    delivered_share: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    def against_fail(self, limit_ms: float) -> tuple[str, ...]:
        """Why slowness at this rate may be the generator's; empty where it is not."""
        if self.p95_ms <= limit_ms * NOISE_SHARE_OF_LIMIT:
            return ()
        return (f"against a null server the generator itself took {self.p95_ms:.1f} ms at the 95th percentile",)


@dataclass(frozen=True)
class Health:
    """Lateness of sends after their scheduled arrival (ms), and the CPU of the generator's busiest process.

    ``late`` counts sends that missed their arrival by more than a tenth of the limit; ``blamed`` the good answers that
    are over the limit from their arrival and below it from their send. CPU is a share of one core. A process has
    finished when its part of the load has been sent or dropped, and every send has ended.
    """

    processes_expected: int
    processes_finished: int
    sent: int
    late: int
    blamed: int
    lateness_p50_ms: float
    lateness_p99_ms: float
    lateness_max_ms: float
    cpu_mean: float
    cpu_max: float

    @property
    def late_share(self) -> float:
        """Late sends of all sends. Answers are taken in by the same loop, so as many may have been noticed late."""
        return self.late / self.sent if self.sent else 0.0

    def against_pass(self) -> tuple[str, ...]:
        """Why a PASS cannot stand; empty where it can. Lateness is no reason: it only adds latency."""
        if self.processes_finished >= self.processes_expected:
            return ()
        lost = self.processes_expected - self.processes_finished
        return (f"{lost} of {self.processes_expected} generator processes did not finish their part",)

    def against_fail(self) -> tuple[str, ...]:
        """Why slowness may be the generator's own; empty where it is not."""
        found = []
        if self.late_share > LATE_TOLERATED:
            how = f"99th percentile {self.lateness_p99_ms:.0f} ms"
            found.append(f"{self.late} of {self.sent} requests were sent late ({how})")
        if self.blamed > self.sent * BLAMED_TOLERATED:
            found.append(f"{self.blamed} of {self.sent} requests are over the limit only because they were sent late")
        if self.cpu_mean >= BUSY:
            used = f"{self.cpu_mean:.0%} of a core"
            found.append(f"a generator process used {used}; it needs more processes or a lower rate")
        return tuple(found)
