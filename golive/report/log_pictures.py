"""Pictures of what the platform logged: errors over the window, against what is usual by the baseline."""

from __future__ import annotations

from golive.report import svg
from golive.report.figures import Fields, caption, finite, listed, number, shown, table

LEAST_TOP = 5.0
"""Errors; below it a scale would make much of one."""


def error_series(fields: Fields) -> str:
    """A service's errors block by block, and between which counts 95 % of blocks lie at the baseline's rate."""
    errors = [float(count) for count in listed(fields, "block_errors") if finite(count)]
    length = number(fields.get("block_seconds"), 1.0)
    if not errors or length <= 0:
        return ""
    low, high = (max(0.0, number(fields.get(name), 0.0)) for name in ("usual_low", "usual_high"))
    end, top = len(errors) * length, max(LEAST_TOP, high, *errors) * 1.1
    x, y = svg.across(0, end), svg.upwards(0, top)
    places = [(x((n + 0.5) * length), y(count)) for n, count in enumerate(errors)]
    parts = [
        svg.band(y(high), y(low)),
        svg.frame(x, y, svg.round_ticks(0, end), svg.round_ticks(0, top), ("seconds", "errors")),
        svg.line(places),
        *(svg.dot(at, "dot late" if count > high else "dot") for at, count in zip(places, errors, strict=True)),
    ]
    name = str(fields.get("service", ""))
    words = (
        f"{name}: {shown(fields.get('errors'))} errors in blocks of {length:g} s; the baseline's rate gives"
        f" {low:g} to {high:g} a block in 95 % of them (grey)"
    )
    rows = ((f"{n * length:g}", f"{count:g}") for n, count in enumerate(errors))
    figures = table(("from second", "errors"), rows, f"{len(errors)} blocks")
    return svg.picture(f"Errors of {name}", words, parts) + caption(words) + figures
