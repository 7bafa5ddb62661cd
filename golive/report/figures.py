"""What pictures are made of besides SVG: figures out of a record that may hold anything, tables, captions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, TypeGuard

MOST = 1e300
"""A figure beyond it is none: sums and products of those within stay finite."""
Fields = Mapping[str, Any]
Point = tuple[float, float]


def listed(fields: Fields, name: str) -> list[Any]:
    """The list of that name; empty where there is none."""
    found = fields.get(name)
    return found if isinstance(found, list) else []


def finite(value: Any) -> TypeGuard[float]:
    """Whether it is a figure that can be drawn."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST


def number(value: Any, otherwise: float) -> float:
    """The figure, or the other one where it is none."""
    return float(value) if finite(value) else otherwise


def shown(value: Any) -> str:
    """The figure in words."""
    return f"{value:g}" if finite(value) else "none"


def in_ms(value: float) -> str:
    """Milliseconds in words; seconds from one on."""
    return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"  # noqa: PLR2004 - a second's milliseconds


def unbroken(points: Iterable[Point | None]) -> list[list[Point]]:
    """Points that follow each other; where one has no place the line is broken."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def table(names: Sequence[str], rows: Iterable[Sequence[str]], summary: str) -> str:
    """A table of figures, folded away under its summary."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    content = f'<table class="figures"><tr>{head}</tr>{body}</table>'
    return f"<details><summary>{escape(summary)} as a table</summary>{content}</details>"


def caption(words: str) -> str:
    """The words under a picture."""
    return f"<figcaption>{escape(words)}</figcaption>"
