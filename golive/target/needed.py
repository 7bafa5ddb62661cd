"""Tables that a target may leave out, at the moment an item needs one."""

from __future__ import annotations

from typing import TypeVar

from golive.errors import NotDescribed

T = TypeVar("T")


def required(section: T | None, table: str, item: str) -> T:
    """The section. Raises NotDescribed, naming the table to add, where the target has none."""
    if section is None:
        raise NotDescribed(
            "target",
            f"it has no table [{table}], by which {item} looks",
            hint=f"add [{table}]; targets/production.example.toml explains its fields",
        )
    return section
