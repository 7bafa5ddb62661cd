"""CPU, memory, throttling, restarts and kills of every service within the window, and whether its memory climbs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from golive.clients.prometheus import SYSTEM
from golive.errors import TooLittleData
from golive.facts.pod_use import Pod, Span, pods_of
from golive.facts.pod_verdict import MIB, NOTHING, PodUse, pod_use, undecided_by_length
from golive.facts.resource_watch import ITEM, NAME, expected, seen_of
from golive.load.window import Window
from golive.target import Target
from golive.target.needed import required

_PLACES = 60
"""Of a picture, from the window's begin to its end."""


@dataclass(frozen=True)
class Scraping:
    """The window as the metrics' server saw it. ``clock_ahead`` is that of its clock against this host's."""

    window_seconds: float
    clock_ahead: float
    services: tuple[str, ...]
    scrape_targets_down: tuple[str, ...]
    warnings: tuple[str, ...]
    leak: str
    """What could be decided about leaks in a window of this length."""


@dataclass(frozen=True)
class ServiceUse:
    """One service; each figure is that of the pod that stands worst.

    ``beyond`` says what was over its limit, ``lacking`` what could not be told. ``cpu`` (cores) and ``memory_mib`` are
    the highest of any pod at each of ``seconds`` from the window's begin; None where nothing was sampled.
    """

    service: str
    beyond: tuple[str, ...]
    lacking: tuple[str, ...]
    pods: tuple[str, ...]
    cpu_cores: float
    cpu_limit: float | None
    cpu_share: float
    memory_peak_mib: float
    memory_limit_mib: float | None
    memory_share: float
    throttled_share: float
    restarts: int
    oom_kills: int
    climb_mib_an_hour: tuple[float, float, float] | None
    """Estimate, lower and upper limit; None where none could be estimated."""
    leak: str
    limit_cpu_share: float
    limit_memory_share: float
    seconds: tuple[float, ...]
    cpu: tuple[float | None, ...]
    memory_mib: tuple[float | None, ...]


class Resources:
    """What the window's metrics say of every service that the target declares."""

    def __init__(self, target: Target, window: Window) -> None:
        """Raises what kept the metrics from being asked for."""
        self._limits = required(target.resources, "resources", ITEM)
        self._max_gap = required(target.metrics, "metrics", ITEM).max_gap
        self.expected = expected(target)
        self._seen = seen_of(window.of(NAME))
        self._span = Span(self._seen.began, self._seen.ended, self._max_gap)

    @property
    def scraping(self) -> Scraping:
        """How the window was looked at."""
        seen = self._seen
        words = sorted({word for words in seen.warnings.values() for word in words})
        leak = undecided_by_length(self._span.seconds, self._limits) or "decided"
        return Scraping(round(self._span.seconds, 1), seen.ahead, self.expected, seen.down, tuple(words), leak)

    @property
    def use(self) -> tuple[ServiceUse, ...]:
        """Every service that is expected."""
        return tuple(map(self._service, self.expected))

    def confirm_seen(self, use: Iterable[ServiceUse]) -> None:
        """Raise TooLittleData, naming each service, where none is beyond a limit and one could not be seen whole."""
        use = tuple(use)
        lacking = {each.service: each.lacking for each in use if each.lacking}
        if not lacking or any(each.beyond for each in use):
            return
        words = "; ".join(f"{service}: {', '.join(what)}" for service, what in lacking.items())
        down = f" (scrape targets that are down: {', '.join(self._seen.down)})" if self._seen.down else ""
        hint = "is it scraped, by those labels ([metrics] selector, queries), at least every max_gap / 3 seconds?"
        raise TooLittleData(SYSTEM, words + down, hint=hint)

    def _service(self, name: str) -> ServiceUse:
        pods = pods_of(self._seen, name, self._max_gap)
        used = [pod_use(pod, self._limits) for pod in pods]
        cpu, memory = _worst(used, "cpu_share", "cores"), _worst(used, "memory_share", "memory")
        steepest = max((each.climb for each in used if each.climb), default=None)
        places = tuple(round(self._span.seconds * (n + 1) / _PLACES, 1) for n in range(_PLACES))
        return ServiceUse(
            name, (*(words for each in used for words in each.beyond), *self._replaced(pods)),
            self._lacking(name, pods, used), tuple(pod.name for pod in pods),
            round(cpu.cores, 4), cpu.core_limit, round(cpu.cpu_share, 4),
            round(memory.memory / MIB, 1), memory.memory_limit and round(memory.memory_limit / MIB, 1),
            round(memory.memory_share, 4), round(max((each.throttled for each in used), default=0.0), 4),
            round(sum(each.restarts for each in used)), round(sum(each.kills for each in used)),
            steepest, "; ".join(sorted({each.leak for each in used})),
            self._limits.cpu_share, self._limits.memory_share, places, *self._courses(pods),
        )  # fmt: skip

    def _lacking(self, name: str, pods: tuple[Pod, ...], used: Iterable[PodUse]) -> tuple[str, ...]:
        """What could not be told of the service: nothing at all, a part of the window, a pod, an answer's part."""
        running = [at for s in self._seen.services[name]["running"] for at, value in s.samples if value > 0]
        gap = self._span.gap(running)
        if not pods:
            return ("no running pod was seen within the window",)
        whole = () if gap <= self._max_gap else (f"no running pod was seen for {gap:.1f} s",)
        declared = self._limits.leak.seconds
        if max(each.life.seconds for each in pods) < declared <= self._span.seconds:
            whole = (*whole, f"whether its memory climbs: none of its pods ran for {declared:g} s")
        warned = tuple(f"the server warns: {words}" for words in self._seen.warnings.get(name, ()))
        return (*whole, *warned, *(words for each in used for words in each.lacking))

    def _replaced(self, pods: tuple[Pod, ...]) -> tuple[str, ...]:
        """Pods that ended while others began: restarts that no counter counts, since it goes with its pod."""
        ended = [each.name for each in pods if each.life.ended < self._span.ended]
        began = [each.name for each in pods if each.life.began > self._span.began]
        if min(len(ended), len(began)) <= self._limits.restarts:
            return ()
        return (f"{', '.join(ended)} ended and {', '.join(began)} began, {self._limits.restarts} restarts allowed",)

    def _courses(self, pods: tuple[Pod, ...]) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
        cpu: list[float | None] = [None] * _PLACES
        memory: list[float | None] = [None] * _PLACES
        for pod in pods:
            for rate in pod.cpu:
                self._note(cpu, rate.until, round(rate.per_second, 4))
            for at, value in pod.memory:
                self._note(memory, at, round(value / MIB, 1))
        return tuple(cpu), tuple(memory)

    def _note(self, course: list[float | None], at: float, value: float) -> None:
        place = min(_PLACES - 1, int((at - self._span.began) / self._span.seconds * _PLACES))
        course[place] = max(value, course[place] or 0.0)


def _worst(used: Iterable[PodUse], share: str, amount: str) -> PodUse:
    return max(used, key=lambda each: (getattr(each, share), getattr(each, amount)), default=NOTHING)
