"""When each request is due and which endpoint it asks: known before the first one is sent."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

from golive.load.plan import LoadPlan

RAMP = -1
"""Block number of what arrives before the window."""


class Arrival(NamedTuple):
    """A request that is due ``due_s`` after the start; ``block`` is RAMP before the window."""

    due_s: float
    endpoint: int
    block: int


def arrivals(plan: LoadPlan, worker: int) -> Iterator[Arrival]:
    """Every ``processes``-th arrival, from number ``worker`` (0-based) on, in order of time; none beyond the last worker.

    Each arrival lies at a random place of its own 1/rate seconds: evenly spread over any second, and in step with no
    rhythm of the server's. The same seed gives the same arrivals.
    """
    if worker >= plan.processes:
        return
    random = Random(f"{plan.seed}/{worker}")  # noqa: S311 - a reproducible schedule, no secret
    bounds = list(accumulate(endpoint.weight for endpoint in plan.endpoints))
    last = len(bounds) - 1
    for number in range(worker, plan.scheduled, plan.processes):
        due_s = _due(plan, number + random.random())
        endpoint = min(bisect(bounds, random.random() * bounds[-1]), last)
        yield Arrival(due_s, endpoint, _block(plan, number, due_s))


def asked(plan: LoadPlan, until_s: float) -> float:
    """How many arrivals are due within the first ``until_s`` seconds."""
    ramp_s = min(until_s, plan.ramp_s)
    ramp = plan.ramp_arrivals * (ramp_s / plan.ramp_s) ** 2 if plan.ramp_s else 0.0
    return ramp + plan.rate * min(max(until_s - plan.ramp_s, 0.0), plan.window_s)


def _due(plan: LoadPlan, position: float) -> float:
    """Inverse of ``asked``: within the ramp the count grows with the square of time."""
    if position < plan.ramp_arrivals:
        return plan.ramp_s * math.sqrt(position / plan.ramp_arrivals)
    return plan.ramp_s + (position - plan.ramp_arrivals) / plan.rate


def _block(plan: LoadPlan, number: int, due_s: float) -> int:
    if number < plan.ramp_arrivals:
        return RAMP
    return min(int((due_s - plan.ramp_s) / plan.block_s), plan.blocks - 1)
