"""How far another host's clock is from this one's, as far as the Date of an answer tells."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

GRAIN = 2.0
"""Seconds: a Date is cut to whole seconds, and servers keep one for up to another second."""


def offset_of(date: str, asked: float, answered: float) -> float | None:
    """Seconds by which the other clock is ahead of ours for certain; 0 where they may agree, None without a Date.

    ``asked`` and ``answered`` are Unix times by this host's clock around the answer that bore the Date.
    """
    try:
        said = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    least, most = said - answered, said + GRAIN - asked
    if least > 0:
        return round(least, 1)
    return round(most, 1) if most < 0 else 0.0


def in_words(offset: float | None) -> str:
    """The offset in words."""
    if offset is None:
        return "not compared: the answer has no Date"
    if offset == 0:
        return f"agrees with the gateway's within {GRAIN:g} s"
    return f"the gateway's is {abs(offset):g} s {'ahead' if offset > 0 else 'behind'}; ages are by the gateway's"
