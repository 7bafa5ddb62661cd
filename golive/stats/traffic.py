"""Whether the canary gets the share of traffic that the step of the rollout says.

Not claimed: that the share is exact. PASS says that it is the step's and nearer to it than to either neighbour: for
10 % of the steps 10, 50, 100 it lies between 5 % and 30 %, with 10 % among what is possible. Nor that the same
clients would be sent to the canary again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from golive.stats.clusters import clustered
from golive.stats.verdict import Verdict


@dataclass(frozen=True)
class ClientCount:
    """Requests of one client, and those of them that the canary answered."""

    n: int
    canary: int


@dataclass(frozen=True)
class ShareResult:
    """The verdict and the observed share, with limits that hold together with probability 1 - ``alpha``."""

    verdict: Verdict
    why: str
    share: float
    low: float
    high: float
    clients: int
    design_effect: float


def traffic_share(
    clients: Sequence[ClientCount], expected: float, steps: Sequence[float], *, alpha: float = 0.05
) -> ShareResult:
    """Compare the canary's share with ``expected``, one of the rollout's ``steps`` (shares between 0 and 1).

    A client that sticks to one version is one observation, however many requests it sends: the limits come from the
    variance between clients (see ``clusters``). Where the canary answered all, or none, how clients stick cannot be
    seen, and each counts once. FAIL where ``expected`` lies outside of the limits; PASS where it lies within, and
    they stay within the middle between ``expected`` and the next step on either side (0 and 1 are steps, too); else
    UNKNOWN.

    Raises ValueError where ``expected`` is no step of the rollout.
    """
    if expected not in steps or not 0 < expected <= 1:
        raise ValueError(f"{expected} is not among the steps {list(steps)}")
    used = [client for client in clients if client.n]
    if len(used) < 2:  # noqa: PLR2004 # one client has no variance
        return ShareResult(Verdict.UNKNOWN, f"{len(used)} clients with requests", math.nan, 0, 1, len(used), 1)
    sizes, counts = np.array([client.n for client in used]), np.array([client.canary for client in used])
    share = float(counts.sum() / sizes.sum())
    if share in {0.0, 1.0}:
        sizes, counts = np.ones(len(used)), np.full(len(used), share)
    counted = clustered(sizes, counts, neighbours=False)
    low, high = float(counted.low(alpha / 2)), float(counted.high(alpha / 2))
    verdict, why = _verdict(low, high, expected, steps)
    return ShareResult(verdict, why, share, low, high, len(used), float(counted.effect))


def _verdict(low: float, high: float, expected: float, steps: Sequence[float]) -> tuple[Verdict, str]:
    seen = f"the share lies between {low:.1%} and {high:.1%}"
    if not low <= expected <= high:
        return Verdict.FAIL, f"{seen}, {expected:.0%} expected"
    below = max((step for step in {0.0, *steps} if step < expected), default=0.0)
    above = min((step for step in {1.0, *steps} if step > expected), default=math.inf)
    if (below + expected) / 2 < low and high < (expected + above) / 2:
        return Verdict.PASS, f"{seen}, {expected:.0%} expected"
    return Verdict.UNKNOWN, f"{seen}: too wide to tell {expected:.0%} from the next step"
