"""What this platform's API calls its fields: one table, applied on the way out and undone on the way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def renamed(content: Any, names: Mapping[str, str]) -> Any:
    """JSON content with every field of ``names`` called as the table says, at any depth."""
    if isinstance(content, dict):
        return {names.get(field, field): renamed(value, names) for field, value in content.items()}
    if isinstance(content, list):
        return [renamed(value, names) for value in content]
    return content


def restored(content: Any, names: Mapping[str, str]) -> Any:
    """The reverse of ``renamed``."""
    return renamed(content, {theirs: ours for ours, theirs in names.items()})
