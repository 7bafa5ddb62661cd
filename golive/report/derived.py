"""Every text that is derived from a closed record, by the name of its file in the run's folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from golive.checklist import Checklist
from golive.evidence.record import Record
from golive.report import ctrf, filled, junit, of_record, summary
from golive.wholefile import write_whole

TEXTS: Mapping[str, Callable[[Record, Checklist], str]] = {
    "decision.html": of_record.render,
    "junit.xml": junit.render,
    "ctrf.json": ctrf.render,
    "summary.md": summary.render,
    "checklist.md": filled.render,
}
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""Names the file that GitHub Actions shows on the job's page; GitLab shows JUnit, and keeps the rest as artifacts."""


def write_texts(record: Record, checklist: Checklist, folder: Path) -> None:
    """Write all of them, and hand the summary to a CI job that asks for one."""
    for name, render in TEXTS.items():
        write_whole(folder / name, render(record, checklist))
    asked_for = os.environ.get(STEP_SUMMARY)
    if asked_for:
        with Path(asked_for).open("a", encoding="utf-8") as page:
            page.write(summary.render(record, checklist))
