"""What a pod's use means beside its limits; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from golive.facts.pod_use import Pod, busiest
from golive.stats.slope import SlopeVerdict, judge_slope
from golive.target.metrics import Resources

MIB = 2**20
Climb = tuple[float, float, float]
"""MiB an hour: estimate, lower and upper limit."""


@dataclass(frozen=True)
class PodUse:
    """What one pod used within the window; ``beyond`` and ``lacking`` as of its service.

    ``cores`` are those of the busiest stretch, ``memory`` is its peak in bytes, ``throttled`` a share of the periods.
    """

    cores: float
    core_limit: float | None
    memory: float
    memory_limit: float | None
    throttled: float
    restarts: float
    kills: float
    climb: Climb | None
    leak: str
    beyond: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def cpu_share(self) -> float:
        """Of its limit; 0 where it has none."""
        return self.cores / self.core_limit if self.core_limit else 0.0

    @property
    def memory_share(self) -> float:
        """Of its limit; 0 where it has none."""
        return self.memory / self.memory_limit if self.memory_limit else 0.0


NOTHING = PodUse(0.0, None, 0.0, None, 0.0, 0.0, 0.0, None, "", (), ())
"""That of a pod that was not seen at all."""


def pod_use(pod: Pod, limits: Resources) -> PodUse:
    """The pod's figures, and those that are beyond a limit or could not be told."""
    figures = {
        "cpu": _cpu(pod, limits),
        "memory": _memory(pod, limits),
        "throttled": _throttled(pod, limits),
        "restarts": _counted(pod.growth("restarts"), limits.restarts, f"{pod.name} restarted"),
        "kills": _counted(pod.growth("oom_kills"), limits.oom_kills, f"{pod.name} was killed for its memory"),
    }
    leak = _leak(pod, limits)
    beyond = (*(each.beyond for each in figures.values()), leak.beyond)
    lacking = (*pod.unseen(), *(each.lacking for each in figures.values()), leak.lacking)
    return PodUse(
        figures["cpu"].amount, figures["cpu"].limit, figures["memory"].amount, figures["memory"].limit,
        figures["throttled"].amount, figures["restarts"].amount, figures["kills"].amount,
        leak.climb, leak.words, tuple(filter(None, beyond)), tuple(filter(None, lacking)),
    )  # fmt: skip


def undecided_by_length(seconds: float, limits: Resources) -> str:
    """Why a window of that length decides no leak; empty where it may."""
    declared = limits.leak.seconds
    return (
        "" if seconds >= declared else f"not decided: {seconds:.0f} s were seen, a leak is decided over {declared:g} s"
    )


@dataclass(frozen=True)
class _Figure:
    amount: float
    limit: float | None = None
    beyond: str = ""
    lacking: str = ""


@dataclass(frozen=True)
class _Leak:
    climb: Climb | None
    words: str
    beyond: str = ""
    lacking: str = ""


def _cpu(pod: Pod, limits: Resources) -> _Figure:
    cores, limit = busiest(pod.cpu, limits.stretch), pod.limit("cpu_limit", limits.cpu_cores)
    if limit is None:
        return _Figure(cores, limit, lacking=f"{pod.name} has no CPU limit")
    words = f"{pod.name} used {cores:.2f} of {limit:g} cores over the busiest {limits.stretch:g} s"
    over = cores > limits.cpu_share * limit
    return _Figure(cores, limit, f"{words}, {limits.cpu_share:.0%} allowed" if over else "")


def _memory(pod: Pod, limits: Resources) -> _Figure:
    peak = max((value for _, value in pod.memory), default=0.0)
    limit = pod.limit("memory_limit", limits.memory_bytes)
    if limit is None:
        return _Figure(peak, limit, lacking=f"{pod.name} has no memory limit")
    words = f"{pod.name} held {peak / MIB:,.0f} of {limit / MIB:,.0f} MiB, {limits.memory_share:.0%} allowed"
    return _Figure(peak, limit, words if peak > limits.memory_share * limit else "")


def _throttled(pod: Pod, limits: Resources) -> _Figure:
    periods = pod.growth("periods")
    share = min(1.0, pod.growth("throttled") / periods) if periods else 0.0
    words = f"{pod.name} was throttled in {share:.1%} of the periods, {limits.throttled_share:.1%} allowed"
    return _Figure(share, beyond=words if share > limits.throttled_share else "")


def _counted(times: float, allowed: int, words: str) -> _Figure:
    # Half a restart is what an adapter that interpolates makes of one.
    return _Figure(times, beyond=f"{words} {times:.0f} times, {allowed} allowed" if round(times) > allowed else "")


def _leak(pod: Pod, limits: Resources) -> _Leak:
    times, values = [at for at, _ in pod.memory], [value for _, value in pod.memory]
    too_short = undecided_by_length(pod.life.seconds, limits)
    # Told by the window and the pod's life in it, not by samples: none lies at their very ends.
    judged = judge_slope(times, values, limit=limits.leak.bytes_per_hour / 3600, declared_seconds=0.0)
    low, high = (3600 * figure / MIB for figure in (judged.low, judged.high))
    climb = (round(3600 * judged.slope / MIB, 1), round(low, 1), round(high, 1)) if math.isfinite(low) else None
    if too_short:
        return _Leak(climb, too_short)
    words = f"by {low:,.0f} to {high:,.0f} MiB an hour" if climb else judged.why
    words += f", {limits.leak.bytes_per_hour / MIB:,.0f} allowed"
    if judged.verdict is SlopeVerdict.CLIMBS:
        return _Leak(climb, words, beyond=f"{pod.name}'s memory climbs {words}")
    undecided = judged.verdict is SlopeVerdict.UNKNOWN
    return _Leak(climb, words, lacking=f"whether {pod.name}'s memory climbs: {words}" if undecided else "")
