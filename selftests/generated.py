"""Text of a page that a program writes, between the two marks that say so."""

from __future__ import annotations

from pathlib import Path


def with_between(page: str, begin: str, end: str, text: str) -> str:
    """The page with the text between its marks. Raises ValueError where they are missing."""
    head, begun, rest = page.partition(begin)
    _, ended, tail = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"the page lacks the marks {begin} and {end}")
    return f"{head}{begin}\n{text}\n{end}{tail}"


def put_between(path: Path, begin: str, end: str, text: str) -> None:
    """Put the text between the marks of that page. Raises ValueError where they are missing."""
    try:
        page = with_between(path.read_text(encoding="utf-8"), begin, end, text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    path.write_text(page, encoding="utf-8")
