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
    """Every ``processes``-th arrival, from number ``worker`` (0-based) on, in order of time.

    There are none for a worker beyond the last. Each arrival lies at a random place of its own 1/rate seconds: evenly
    spread over any second, and in step with no rhythm of the server's. The same seed gives the same arrivals.
    """
    if worker >= plan.processes:
        return
    random = Random(f"{plan.seed}/{worker}")  # noqa: S311 - a reproducible schedule, no secret
    bounds = list(accumulate(endpoint.weight for endpoint in plan.endpoints))
    last, blocks, ramp = len(bounds) - 1, plan.blocks, plan.ramp_arrivals
    for number in range(worker, plan.scheduled, plan.processes):
        endpoint = min(bisect(bounds, random.random() * bounds[-1]), last) if last else 0
        if number < ramp:
            # The inverse of ``asked``: within the ramp the count grows with the square of time.
            yield Arrival(plan.ramp_s * math.sqrt((number + random.random()) / ramp), endpoint, RAMP)
        else:
            within_s = (number - ramp + random.random()) / plan.rate
            yield Arrival(plan.ramp_s + within_s, endpoint, min(int(within_s / plan.block_s), blocks - 1))


def asked(plan: LoadPlan, until_s: float) -> float:
    """How many arrivals are due within the first ``until_s`` seconds."""
    ramp_s = min(until_s, plan.ramp_s)
    ramp = plan.ramp_arrivals * (ramp_s / plan.ramp_s) ** 2 if plan.ramp_s else 0.0
    return ramp + plan.rate * min(max(until_s - plan.ramp_s, 0.0), plan.window_s)
