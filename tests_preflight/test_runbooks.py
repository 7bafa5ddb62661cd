"""T-48 hours: runbooks complete."""

from __future__ import annotations

import pytest

from golive.facts.runbooks import RESOLVES

pytestmark = pytest.mark.t48h


@pytest.mark.item("documentation.runbooks")
def test_every_alert_rule_has_a_runbook(runbooks, target, evidence):
    """Every alert rule that Prometheus has loaded MUST name a runbook, whose page is there and speaks of that alert.

    Hint: the annotation runbook_url of the rule; who is woken by it opens that page first.
    """
    pages = runbooks.pages()
    evidence.add(*pages)
    assert target.alerts.rules - {page.alert for page in pages} == frozenset(), "rules that were never loaded"
    assert {page.alert: page.state for page in pages} == {page.alert: RESOLVES for page in pages}
