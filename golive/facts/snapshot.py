"""The success metrics of a release's first day, each looked at in even steps and kept in the record.

Prometheus lets a sample stand for the five minutes after it, unless its series ended: shorter gaps are none here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from golive.clients.prometheus import SYSTEM, PrometheusClient, Series, finite
from golive.errors import TooLittleData
from golive.target import Target
from golive.target.needed import required
from golive.target.success_metrics import SuccessMetrics
from golive.waiting import Deadline, wait_until

ITEM = "postdeploy.success_metrics"
COMPLETE = "complete"
PARTS = 24
"""Parts of the window of which the record keeps a mean each: the hours of a day."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Metric:
    """One metric over the window. ``state`` is ``complete``, or says what is missing."""

    metric: str
    state: str
    since: datetime
    until: datetime
    values: int
    """Steps that have a value, of ``steps``."""
    steps: int
    least: float | None
    mean: float | None
    most: float | None
    means: tuple[float | None, ...]
    """Of each of 24 even parts of the window; None for one without a value."""
    service: str = SYSTEM


class Snapshot:
    """All success metrics."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def metrics(self) -> tuple[Metric, ...]:
        """Each that the target names, over the whole window, whose end is waited for where it is near.

        Raises NotDescribed without [success_metrics] or [metrics], TooLittleData where the window is not over.
        """
        settings = required(self.target.success_metrics, "success_metrics", ITEM)
        client = PrometheusClient(self.target, ITEM)
        begin = client.now() if settings.live_since is None else settings.live_since.timestamp()
        end = begin + settings.seconds
        self._await(client, end)
        return tuple(
            _metric(name, settings, begin, end, client.range(query, begin, end, settings.step).series)
            for name, query in sorted(settings.metrics.items())
        )

    def _await(self, client: PrometheusClient, end: float) -> None:
        patience = self.target.limits.item / 2
        if end - client.now() > patience:
            raise TooLittleData(
                SYSTEM, f"the window ends at {_moment(end).isoformat()} only", hint="look again once it is over"
            )

        def over() -> tuple[bool | None, str]:
            left = end - client.now()
            return (left <= 0) or None, f"{left:.1f} s are left"

        wait_until(over, Deadline(SYSTEM, "the end of the window", patience + 1), interval=_LOOK_SECONDS)


def _metric(name: str, settings: SuccessMetrics, begin: float, end: float, series: Sequence[Series]) -> Metric:
    samples = finite(series[0].samples) if len(series) == 1 else ()
    steps = math.floor((end - begin) / settings.step + 1e-9) + 1
    values = [value for _, value in samples]
    return Metric(
        name,
        _state(len(series), samples, steps, settings, begin),
        _moment(begin),
        _moment(end),
        len(values),
        steps,
        min(values, default=None),
        _mean(values),
        max(values, default=None),
        parts(samples, begin, end),
    )


def _state(
    series: int, samples: Sequence[tuple[float, float]], steps: int, settings: SuccessMetrics, begin: float
) -> str:
    if series > 1:
        return f"gives {series} series; one is a metric: aggregate them"
    if not samples:
        return "missing: no value in the whole window"
    if len(samples) >= settings.complete * steps:
        return COMPLETE
    taken = {round((at - begin) / settings.step) for at, _ in samples}
    first = next(step for step in range(steps) if step not in taken)
    without = _moment(begin + first * settings.step)
    return f"has a value at {len(samples)} of {steps} steps; the first without is at {without:%Y-%m-%d %H:%M:%S} UTC"


def parts(samples: Sequence[tuple[float, float]], begin: float, end: float) -> tuple[float | None, ...]:
    """The mean of each of PARTS even parts; a sample at the very end is the last one's."""
    held: list[list[float]] = [[] for _ in range(PARTS)]
    for at, value in samples:
        held[min(PARTS - 1, max(0, int(PARTS * (at - begin) / (end - begin))))].append(value)
    return tuple(map(_mean, held))


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(microsecond=0)
