"""Pages whose figures a benchmark writes."""

from __future__ import annotations

from pathlib import Path


def put_between(page: Path, begin: str, end: str, text: str) -> None:
    """Put the text between a page's markers. Raises ValueError where they are missing."""
    head, begun, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, tail = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"{page} lacks the markers {begin} and {end}")
    page.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")
