"""Which builds answer while a run asks no service: what it measured is of these, and its record names them.

Asked are the services' own health answers, before the first test and after the last one: a build counts only where
both say the same, since a release that was deployed in between is none that the whole run looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from golive.errors import CannotEstablish
from golive.evidence.identity import bound_by_builds
from golive.plugin.judging import systems_of
from golive.plugin.run import Run

SYSTEM = "services"


class Answering:
    """The builds that answered before the first test, and the question whether they still do."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.before: Mapping[str, str] = {}

    def begin(self, tests: Iterable[pytest.Item]) -> None:
        """Ask the services, where this run measures the deployed release and none of its tests asks them."""
        claimed = [test for test in tests if test.nodeid in self.run.claims]
        target = self.run.target()
        if any(SYSTEM in systems_of(test, target) for test in claimed):
            return
        items = (self.run.checklist.by_id[self.run.claims[test.nodeid]] for test in claimed)
        if any(map(bound_by_builds, items)):
            self.before = self._ask()

    def builds(self) -> dict[str, str]:
        """By service, the builds that answered before and still do."""
        after = self._ask() if self.before else {}
        return {name: build for name, build in self.before.items() if after.get(name) == build}

    def _ask(self) -> dict[str, str]:
        from golive.facts.services import Services  # noqa: PLC0415 - a run that asks nothing needs no HTTP client

        try:
            health = Services(self.run.target()).health()
        except CannotEstablish:
            return {}  # none that answers, none that is named
        return {each.service: self.run.redactor(each.version) for each in health if each.version}
