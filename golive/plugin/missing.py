"""Why a required item has no finding: no test at all, a test that was not collected, or one that was not finished."""

from __future__ import annotations

import pytest

from golive import catalogue
from golive.catalogue import Test
from golive.errors import BadInput, Reason
from golive.finding import Finding, Outcome
from golive.plugin.run import Run


def uncollected(run: Run, items: frozenset[str], config: pytest.Config) -> dict[str, Finding]:
    """A finding for each of these items, no collected test of which is known.

    Whether an item has a test is read from the project's folders, never from what was collected: a run from another
    folder must not call a test that is there missing.
    """
    if not items:
        return {}
    try:
        tests = catalogue.tests_of(run.root, run.checklist)
    except BadInput as error:
        words = f"this run collected no test for it, and whether there is one cannot be told: {error}"
        return {item: Finding(item, Outcome.UNKNOWN, Reason.NOT_RUN, words, "mend the file") for item in items}
    return {item: _finding(item, tests.get(item), run, config) for item in items}


def _finding(item: str, test: Test | None, run: Run, config: pytest.Config) -> Finding:
    if test is None:
        folder = run.checklist.phase_by_name[run.checklist.by_id[item].phase].folder
        return Finding(item, Outcome.UNKNOWN, Reason.NOT_IMPLEMENTED, f"no test in {folder}/ claims it")
    words = f"its test, {test.where}, was not collected by this run"
    return Finding(item, Outcome.UNKNOWN, Reason.NOT_RUN, words, _how_to_collect(run, config))


def _how_to_collect(run: Run, config: pytest.Config) -> str:
    source = pytest.Config.ArgsSource
    if config.args_source is source.INVOCATION_DIR and config.invocation_params.dir != run.root:
        return f"run from {run.root}"
    if config.args_source is source.ARGS:
        return f"name no paths on the command line, or all folders of the phase; run from {run.root}"
    return "see whether the file can be imported, and whether testpaths in the settings of pytest covers its folder"
