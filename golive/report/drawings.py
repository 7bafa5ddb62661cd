"""Pictures of evidence, drawn from the record alone: each with the figures behind it as a table.

Which picture an entry gets is told by its subject. What cannot be drawn (no figures, or none that are finite) is left
to the table; nothing here ever fails a report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from golive.evidence.record import EvidenceEntry
from golive.report import svg
from golive.report.figures import Fields, caption, finite, in_ms, listed, number, shown, table, unbroken
from golive.report.load_pictures import course, ecdf, lateness
from golive.report.log_pictures import error_series
from golive.report.svg import Tick
from golive.report.walk import walked

LEAST_MS, MOST_MS = 1.0, 1e12
MONTHS_APART = 6


def drawn(entry: EvidenceEntry) -> str:
    """The picture of an entry and its table, on one line; empty where its subject has none."""
    draw = _DRAWINGS.get(entry.subject)
    content = draw(entry.fields) if draw else ""
    return f'<figure class="drawn">{content}</figure>' if content else ""


def left_to_text(entry: EvidenceEntry) -> dict[str, Any]:
    """The fields of an entry that its picture and table do not show."""
    there = _SHOWN.get(entry.subject, frozenset()) if drawn(entry) else frozenset()
    return {name: value for name, value in entry.fields.items() if name not in there}


def _arrivals(fields: Fields) -> str:
    pairs = zip(listed(fields, "seconds"), listed(fields, "age_ms"), strict=False)
    points = [(float(s), float(age)) for s, age in pairs if finite(s) and finite(age)]
    if not points:
        return ""
    limit = max(LEAST_MS, 1000 * number(fields.get("max_age_seconds"), 0))
    cut, resumed = (number(fields.get(name), 0.0) for name in ("cut_at", "resumed_at"))
    oldest, last = max(age for _, age in points), max(second for second, _ in points)
    x, most = svg.across(0, max(last, resumed) or 1.0), min(max(limit, oldest) * 1.6, MOST_MS)
    y = svg.upwards_by_powers(LEAST_MS, most)
    powers = [10.0**n for n in range(max(1, math.ceil(math.log10(most))))]
    parts = [
        _shade(x, cut, resumed),
        svg.frame(
            x, y, svg.round_ticks(0, max(last, resumed)), [Tick(p, in_ms(p)) for p in powers], ("seconds", "age")
        ),
        svg.limit(y(limit), f"limit {in_ms(limit)}"),
        *(svg.dot((x(s), y(age)), "dot late" if age > limit else "dot") for s, age in points),
    ]
    late = sum(age > limit for _, age in points)
    words = f"{len(points)} events, the oldest {in_ms(oldest)} on arrival, {late} over the limit of {in_ms(limit)}"
    words += f"; the connection was cut from {cut:g} s to {resumed:g} s" if resumed > cut else ""
    figures = table(("seconds", "age in ms"), ((f"{s:g}", f"{age:g}") for s, age in points), f"{len(points)} events")
    return svg.picture("Age of each event when it arrived", words, parts) + caption(words) + figures


def _shade(x: svg.Scale, cut: float, resumed: float) -> str:
    if resumed <= cut:
        return ""
    middle = (x(cut) + x(resumed)) / 2
    return (
        f'<rect class="away" x="{x(cut):.1f}" y="{svg.TOP}" width="{x(resumed) - x(cut):.1f}"'
        f' height="{svg.HEIGHT - svg.BOTTOM - svg.TOP}"/>'
        f'<text x="{middle:.1f}" y="{svg.HEIGHT - svg.BOTTOM - 6}" text-anchor="middle">cut</text>'
    )


def _curve(fields: Fields) -> str:
    hub, as_of = str(fields.get("hub", "")), str(fields.get("as_of", ""))
    rows = list(zip(map(str, listed(fields, "months")), listed(fields, "prices"), strict=False))
    if not rows:
        return ""
    words = f"{hub}, settled {as_of}: {len(rows)} months"
    figures = table(("month", "USD/MWh"), ((month, shown(price)) for month, price in rows), f"{len(rows)} months")
    prices = [float(price) for _, price in rows if finite(price)]
    if not prices:
        return caption(f"{words}; no line can be drawn through these prices") + figures
    room = (max(prices) - min(prices)) * 0.08 or max(1.0, abs(prices[0]) * 0.05)
    low, high = min(prices) - room, max(prices) + room
    x, y = svg.across(0, len(rows) - 1), svg.upwards(low, high)
    below = [Tick(n, month) for n, (month, _) in enumerate(rows) if n % _every(len(rows)) == 0]
    runs = unbroken([(x(n), y(float(price))) if finite(price) else None for n, (_, price) in enumerate(rows)])
    parts = [svg.frame(x, y, below, svg.round_ticks(low, high), ("contract month", "USD/MWh")), *map(svg.line, runs)]
    words += f", {min(prices):g} to {max(prices):g} USD/MWh"
    return svg.picture(f"Forward curve of {hub}", words, parts) + caption(words) + figures


def _every(months: int) -> int:
    return max(1, MONTHS_APART * math.ceil(months / (5 * MONTHS_APART))) if months > MONTHS_APART else 2


_DRAWINGS: Mapping[str, Callable[[Fields], str]] = {
    "Arrivals": _arrivals,
    "Curve": _curve,
    "EndpointLatency": ecdf,
    "LoadCourse": course,
    "ServiceErrors": error_series,
    "StreamLatency": lateness,
    "Walk": walked,
}
_SHOWN: Mapping[str, frozenset[str]] = {
    "Arrivals": frozenset({"seconds", "age_ms"}),
    "Curve": frozenset({"months", "prices"}),
    "EndpointLatency": frozenset({"ecdf_ms", "ecdf_share"}),
    "LoadCourse": frozenset({"seconds", "asked", "sent", "errors", "p95_ms", "max_ms"}),
    "ServiceErrors": frozenset({"block_errors"}),
    "StreamLatency": frozenset({"seconds", "worst_ms", "lost"}),
    "Walk": frozenset({"calls", "operations"}),
}
