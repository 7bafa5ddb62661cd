"""Kubernetes' quantities as numbers; pure."""

from __future__ import annotations

import re
from decimal import Decimal

_SUFFIXES: dict[str, int | Decimal] = {"": 1, **{suffix: 1000**power for power, suffix in enumerate("kMGTPE", 1)}}
_SUFFIXES |= {f"{suffix}i": 1024**power for power, suffix in enumerate("KMGTPE", 1)}
_SUFFIXES["m"] = Decimal("0.001")  # thousandths, as of CPU
_FORM = re.compile(r"([+-]?\d*\.?\d+)(?:[eE]([+-]?\d+)|([a-zA-Z]*))")


def bytes_of(quantity: str) -> int:
    """``20Gi`` as 21474836480; a fraction is cut. Raises ValueError for what is no quantity."""
    found = _FORM.fullmatch(quantity.strip())
    if found is None or (found[3] or "") not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is no quantity as 500Mi or 20Gi")
    exponent = Decimal(10) ** int(found[2]) if found[2] else _SUFFIXES[found[3] or ""]
    return int(Decimal(found[1]) * exponent)
