"""Somebody who shows nothing that would let him in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stranger:
    """What somebody without the right keys or password was told: ``refused``, or ``answered``."""

    tried: str
    state: str
    said: str
