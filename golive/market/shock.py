"""What a shock does to a forward curve, by hand."""

from __future__ import annotations

from collections.abc import Sequence


def shocked(prices: Sequence[float], percent: float, shift: float) -> tuple[float, ...]:
    """Each price (USD/MWh) times ``1 + percent / 100``, plus ``shift`` (USD/MWh)."""
    return tuple(price * (1 + percent / 100) + shift for price in prices)


def value_change(before: Sequence[float], after: Sequence[float], volume: float) -> float:
    """The change in value (USD) of ``volume`` MWh in each month. Raises ValueError for curves of other lengths."""
    return sum(new - old for old, new in zip(before, after, strict=True)) * volume
