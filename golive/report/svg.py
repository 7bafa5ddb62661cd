"""Small plots as inline SVG: no script, named and described for those who cannot see them, scaling with the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 480, 230
LEFT, RIGHT, TOP, BOTTOM = 74, 14, 14, 44
"""Margins around the plot, in the units of the picture, which is scaled to the page's width."""
LEAST_SPAN = 1e-300
"""What is smaller is no span: its steps would be 0."""
Scale = Callable[[float], float]


@dataclass(frozen=True)
class Tick:
    """A value on an axis, and what is written there."""

    at: float
    text: str


def across(low: float, high: float) -> Scale:
    """From a value to its place from left to right; a span of nothing lies in the middle."""
    return _linear(low, high, LEFT, WIDTH - RIGHT)


def upwards(low: float, high: float) -> Scale:
    """From a value to its place from bottom to top."""
    return _linear(low, high, HEIGHT - BOTTOM, TOP)


def upwards_by_powers(low: float, high: float) -> Scale:
    """As ``upwards``, each power of ten taking the same room; ``low`` is above 0, and what is lower lies there."""
    line = upwards(math.log10(low), math.log10(max(high, low)))
    return lambda value: line(math.log10(min(max(value, low), high)))


def across_by_powers(low: float, high: float) -> Scale:
    """As ``across``, each power of ten taking the same room; ``low`` is above 0, and what is lower lies there."""
    line = across(math.log10(low), math.log10(max(high, low)))
    return lambda value: line(math.log10(min(max(value, low), high)))


def _linear(low: float, high: float, start: float, end: float) -> Scale:
    span = high - low
    if span <= 0:
        return lambda _: (start + end) / 2
    return lambda value: start + (min(max(value, low), high) - low) / span * (end - start)


def round_ticks(low: float, high: float, most: int = 5) -> tuple[Tick, ...]:
    """At most that many round values within a finite span, a step of 1, 2 or 5 times a power of ten apart."""
    span = high - low
    if not LEAST_SPAN < span < math.inf:
        return (Tick(low, f"{low:g}"),)
    step = next(s for s in _steps(span / most) if math.floor(high / s) - math.ceil(low / s) < most)
    first = math.ceil(low / step)
    values = [(first + n) * step for n in range(math.floor(high / step) - first + 1)]
    return tuple(Tick(value, f"{round(value, 10):g}") for value in values)


def _steps(least: float) -> Iterable[float]:
    power = math.floor(math.log10(least))
    return (factor * 10.0**exponent for exponent in (power, power + 1, power + 2) for factor in (1, 2, 5))


def picture(title: str, description: str, parts: Iterable[str]) -> str:
    """The whole picture on one line; ``title`` and ``description`` are plain text, ``parts`` SVG."""
    return (
        f'<svg class="drawing" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg"'
        f' aria-label="{escape(f"{title}. {description}")}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(parts)}</svg>"
    )


def frame(x: Scale, y: Scale, below: Sequence[Tick], beside: Sequence[Tick], names: tuple[str, str]) -> str:
    """Grid and axes, with the names of the axis below and of the one beside."""
    bottom = HEIGHT - BOTTOM
    lines = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(t.at):.1f}" y2="{y(t.at):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y(t.at) + 4:.1f}" text-anchor="end">{escape(t.text)}</text>'
        for t in beside
    ]
    marks = [
        f'<line class="axis" x1="{x(t.at):.1f}" x2="{x(t.at):.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
        f'<text x="{x(t.at):.1f}" y="{bottom + 17}" text-anchor="{_anchor(x(t.at))}">{escape(t.text)}</text>'
        for t in below
    ]
    axis = f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    named = (
        f'<text class="name" x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(names[0])}</text>'
        f'<text class="name" x="12" y="{(TOP + bottom) / 2}" text-anchor="middle"'
        f' transform="rotate(-90 12 {(TOP + bottom) / 2})">{escape(names[1])}</text>'
    )
    return "".join((*lines, axis, *marks, named))


def limit(place: float, words: str) -> str:
    """A limit that figures must stay below, at that height."""
    return (
        f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place:.1f}" y2="{place:.1f}"/>'
        f'<text class="limit" x="{LEFT + 4}" y="{place - 5:.1f}">{escape(words)}</text>'
    )


def band(high: float, low: float) -> str:
    """What is usual, between two heights; ``high`` is the upper one, which is less far down the page."""
    return (
        f'<rect class="usual" x="{LEFT}" y="{high:.1f}" width="{WIDTH - RIGHT - LEFT}"'
        f' height="{max(0.0, low - high):.1f}"/>'
    )


def wall(place: float, words: str) -> str:
    """A limit that figures must stay to the left of."""
    anchor, x = ("end", place - 5) if place > WIDTH / 2 else ("start", place + 5)
    return (
        f'<line class="limit" x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        f'<text class="limit" x="{x:.1f}" y="{HEIGHT - BOTTOM - 8}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def whisker(place: float, low: float, high: float) -> str:
    """An interval, upright."""
    bars = "".join(
        f'<line class="whisker" x1="{place - 5:.1f}" x2="{place + 5:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        for y in (low, high)
    )
    return f'<line class="whisker" x1="{place:.1f}" x2="{place:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>{bars}'


def dot(at: tuple[float, float], css: str = "dot") -> str:
    """A point."""
    return f'<circle class="{css}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="3.5"/>'


def line(points: Sequence[tuple[float, float]], css: str = "line") -> str:
    """A line through the points; a single one is a dot."""
    if len(points) == 1:
        return dot(points[0])
    where = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
    return f'<polyline class="{css}" points="{where}"/>'


def _anchor(place: float) -> str:
    return "end" if place > WIDTH - RIGHT - 20 else "middle"
