"""Tables that a target may leave out, asked for by the items that cannot do without them."""

from __future__ import annotations

from typing import TypeVar

from golive.errors import NotDescribed
from golive.target.base import Section

T = TypeVar("T", bound=Section)


def required(section: T | None, table: str, item: str) -> T:
    """The table itself. Raises NotDescribed where the target has none."""
    if section is None:
        raise NotDescribed(
            table,
            f"the target has no table [{table}], which {item} looks at",
            hint=f"add [{table}]; targets/production.example.toml explains its fields",
        )
    return section
