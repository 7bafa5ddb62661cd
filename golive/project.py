"""Where a project's checklist, targets and tests are: the nearest folder upwards that holds checklist.toml."""

from __future__ import annotations

from pathlib import Path

from golive.errors import BadInput


def root(start: Path) -> Path:
    """The project folder of ``start``. Raises BadInput where no folder upwards holds a checklist."""
    for folder in (start, *start.parents):
        if (folder / "checklist.toml").is_file():
            return folder
    raise BadInput(
        f"no checklist.toml in {start} or above it", suggestion="run golive inside the folder of your checklist"
    )
