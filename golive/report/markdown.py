"""Text of a target or an error inside Markdown: shown as it is, never as markup, a mention or a table's end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"})


def quoted(text: str) -> str:
    """One line of Markdown that shows this text; its own line breaks become ``<br>``."""
    escaped = _SPECIAL.sub(r"\\\1", text).translate(_ENTITIES)
    return "<br>".join(line.strip() for line in escaped.strip().splitlines())


def clipped(text: str, lines: int = 3, width: int = 300) -> str:
    """The first lines of a message, each at most so wide, with a mark where something was left out."""
    all_lines = text.strip().splitlines()
    kept = [line if len(line) <= width else f"{line[:width]} …" for line in all_lines[:lines]]
    return "\n".join([*kept, *(["…"] if len(all_lines) > lines else [])])


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table whose cells are Markdown already."""
    return [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
