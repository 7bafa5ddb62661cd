"""Which run is meant, by its folder."""

from __future__ import annotations

from pathlib import Path

from golive.errors import BadInput
from golive.nearest import by_nearness, some


def run_folder(run: str, reports: Path) -> Path:
    """The folder of a run: one in ``reports``, or a path. Raises BadInput, with the runs there are, for any other."""
    found = next((path for path in (reports / run, Path(run)) if _is_run(path)), None)
    if found is not None:
        return found
    known = [path.name for path in reports.glob("*") if _is_run(path)] if reports.is_dir() else []
    if not known:
        raise BadInput(
            f"unknown run {run!r}, nor is there any other", file=reports, suggestion="make one first: pytest -m smoke"
        )
    raise BadInput(f"unknown run {run!r}", file=reports, suggestion=f"one of: {some(by_nearness(run, known))}")


def _is_run(path: Path) -> bool:
    return any((path / name).is_file() for name in ("record.json", "record.jsonl"))
