"""What a command asks for that was not given."""

from __future__ import annotations

import typer

from golive.errors import BadInput


def asked(words: str, option: str, *, default: str | None = None) -> str:
    """What is typed in answer. Raises BadInput, with the option that gives it, where nobody types anything."""
    try:
        return str(typer.prompt(words, default=default))
    except typer.Abort:
        raise BadInput(f"nobody answered: {words}", suggestion=f"{option} gives it without being asked") from None
