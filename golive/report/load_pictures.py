"""Pictures of what was measured under load: distribution, course over time, arrivals asked for and delivered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from golive.report import svg
from golive.report.figures import Fields, Point, caption, finite, in_ms, listed, number, shown, table, unbroken
from golive.report.svg import Scale, Tick

LEAST_MS, MOST_MS = 1.0, 1e9
SHARES = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)


def ecdf(fields: Fields) -> str:
    """How many of an endpoint's requests were at most as slow; with the limit and the interval of the share there."""
    pairs = zip(listed(fields, "ecdf_ms"), listed(fields, "ecdf_share"), strict=False)
    points = [(float(ms), float(share)) for ms, share in pairs if finite(ms) and finite(share)]
    if not points:
        return ""
    limit = max(LEAST_MS, number(fields.get("limit_ms"), LEAST_MS))
    low, high = (min(1.0, max(0.0, 1 - number(fields.get(name), 0.0))) for name in ("high", "low"))
    top = _top(limit * 2, points[-1][0])
    x, y = svg.across_by_powers(LEAST_MS, top), svg.upwards(0, 1)
    stairs = [(x(ms), y(share)) for ms, share in points]
    parts = [
        svg.frame(
            x, y, _powers(top), [Tick(share, f"{share:.0%}") for share in SHARES], ("latency", "share of requests")
        ),
        svg.wall(x(limit), f"limit {in_ms(limit)}"),
        svg.line(stairs),
        svg.whisker(x(limit), y(low), y(high)),
    ]
    name = str(fields.get("endpoint", ""))
    share, allowed = (number(fields.get(name), 0.0) for name in ("share", "max_share"))
    words = f"{name}: {share:.2%} of {shown(fields.get('requests'))} requests at or over {in_ms(limit)}"
    words += f", at most {1 - low:.2%} by the interval, {allowed:.2%} allowed"
    rows = ((f"{ms:g}", f"{share:.2%}") for ms, share in points)
    return (
        svg.picture(f"Latency of {name}", words, parts)
        + caption(words)
        + table(("at most ms", "share"), rows, f"{len(points)} points")
    )


def course(fields: Fields) -> str:
    """Latency second by second, and the arrivals asked for and delivered."""
    seconds = [float(second) for second in listed(fields, "seconds") if finite(second)]
    if not seconds:
        return ""
    columns = {name: _column(fields, name, len(seconds)) for name in ("asked", "sent", "errors", "p95_ms", "max_ms")}
    limit = max(LEAST_MS, number(fields.get("limit_ms"), LEAST_MS))
    pictures = _latency(seconds, columns["p95_ms"], columns["max_ms"], limit) + _rate(seconds, columns)
    rows = zip(*([shown(value) for value in column] for column in (seconds, *columns.values())), strict=True)
    heads = ("second", "asked for", "sent", "errors", "p95 in ms", "slowest in ms")
    return pictures + table(heads, rows, f"{len(seconds)} seconds")


def lateness(fields: Fields) -> str:
    """The latest event of each second, and the seconds in which events were lost."""
    seconds = [float(second) for second in listed(fields, "seconds") if finite(second)]
    if not seconds:
        return ""
    worst, lost = (_column(fields, name, len(seconds)) for name in ("worst_ms", "lost"))
    limit = max(LEAST_MS, 1000 * number(fields.get("limit_seconds"), 0))
    top = _top(limit * 1.6, *worst)
    x, y = svg.across(0, max(seconds) or 1.0), svg.upwards_by_powers(LEAST_MS, top)
    gone = [second for second, count in zip(seconds, lost, strict=True) if finite(count) and count > 0]
    parts = [
        svg.frame(x, y, svg.round_ticks(0, max(seconds)), _powers(top), ("seconds", "lateness")),
        svg.limit(y(limit), f"limit {in_ms(limit)}"),
        *(svg.dot((x(second), svg.TOP + 6), "dot late") for second in gone),
        *(svg.line(run) for run in unbroken(_places(x, y, seconds, worst))),
    ]
    words = f"{shown(fields.get('deliveries'))} deliveries; seconds with lost ones: {len(gone)}"
    rows = zip(*([shown(value) for value in column] for column in (seconds, worst, lost)), strict=True)
    figures = table(("second", "latest in ms", "lost"), rows, f"{len(seconds)} seconds")
    return svg.picture("Lateness of the stream's events", words, parts) + caption(words) + figures


def _latency(seconds: Sequence[float], p95: Sequence[Any], most: Sequence[Any], limit: float) -> str:
    top = _top(limit * 1.6, *p95, *most)
    x, y = svg.across(0, max(seconds) or 1.0), svg.upwards_by_powers(LEAST_MS, top)
    parts = [
        svg.frame(x, y, svg.round_ticks(0, max(seconds)), _powers(top), ("seconds", "latency")),
        svg.limit(y(limit), f"limit {in_ms(limit)}"),
        *(svg.line(run, "line faint") for run in unbroken(_places(x, y, seconds, most))),
        *(svg.line(run) for run in unbroken(_places(x, y, seconds, p95))),
    ]
    words = "95th percentile of each second (blue) and its slowest answer (grey); a gap has no 95th percentile"
    return svg.picture("Latency over time", words, parts) + caption(words)


def _rate(seconds: Sequence[float], columns: dict[str, list[Any]]) -> str:
    figures = [float(value) for name in ("asked", "sent", "errors") for value in columns[name] if finite(value)]
    top = max([1.0, *figures]) * 1.15
    x, y = svg.across(0, max(seconds) or 1.0), svg.upwards(0, top)
    wrong = [
        (second, float(count))
        for second, count in zip(seconds, columns["errors"], strict=True)
        if finite(count) and count > 0
    ]
    parts = [
        svg.frame(x, y, svg.round_ticks(0, max(seconds)), svg.round_ticks(0, top), ("seconds", "requests")),
        *(svg.line(run, "line asked") for run in unbroken(_places(x, y, seconds, columns["asked"]))),
        *(svg.line(run) for run in unbroken(_places(x, y, seconds, columns["sent"]))),
        *(svg.dot((x(second), y(count)), "dot late") for second, count in wrong),
    ]
    words = f"requests a second: asked for (dashed), sent (blue); seconds with errors: {len(wrong)}"
    return svg.picture("Arrival rate and errors", words, parts) + caption(words)


def _top(*figures: Any) -> float:
    """The end of a scale of milliseconds that has room for all of them."""
    return min(max([10 * LEAST_MS, *(float(figure) for figure in figures if finite(figure))]), MOST_MS)


def _powers(top: float) -> list[Tick]:
    return [Tick(10.0**power, in_ms(10.0**power)) for power in range(math.floor(math.log10(top)) + 1)]


def _column(fields: Fields, name: str, length: int) -> list[Any]:
    return (listed(fields, name) + [None] * length)[:length]


def _places(x: Scale, y: Scale, seconds: Sequence[float], values: Sequence[Any]) -> list[Point | None]:
    return [
        (x(second), y(float(value))) if finite(value) else None for second, value in zip(seconds, values, strict=True)
    ]
