"""Servers whose share over the limit is known, request by request: synthetic block counters for simulations, seeded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 50
"""Requests a second."""
_STEP = 0.1
"""Seconds within which a server is either slow or not."""
Counts = NDArray[np.int64]


def independent(rng: np.random.Generator, runs: int, blocks: int, block_seconds: float, share: float) -> Counts:
    """Requests at or over the limit by run and block, each request on its own."""
    return rng.binomial(round(RATE * block_seconds), share, (runs, blocks))


def fixed(
    rng: np.random.Generator, runs: int, blocks: int, block_seconds: float, share: float, seconds: float
) -> Counts:
    """All requests of bursts of one length are slow; bursts begin by chance, and may run into each other."""
    length, steps = round(seconds / _STEP), round(blocks * block_seconds / _STEP)
    begin = rng.random((runs, steps + length)) < 1 - (1 - share) ** (1 / length)
    before = np.cumsum(begin, axis=1, dtype=np.int32)
    return _by_block(before[:, length:] > before[:, :-length], blocks)


def geometric(
    rng: np.random.Generator, runs: int, blocks: int, block_seconds: float, share: float, seconds: float
) -> Counts:
    """All requests of bursts of this mean length are slow; one in eight lasts twice as long or longer."""
    steps = round(blocks * block_seconds / _STEP)
    end = min(1.0, _STEP / seconds)
    begin = end * share / (1 - share)
    slow = np.empty((steps, runs), dtype=np.bool_)
    now = rng.random(runs) < share
    for step in range(steps):
        chance = rng.random(runs)
        now = np.where(now, chance >= end, chance < begin)
        slow[step] = now
    return _by_block(slow.T, blocks)


def _by_block(slow: NDArray[np.bool_], blocks: int) -> Counts:
    steps = slow.reshape(slow.shape[0], blocks, -1).sum(-1, dtype=np.int64)
    return np.asarray(steps * round(RATE * _STEP), dtype=np.int64)
