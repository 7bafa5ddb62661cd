"""T-7 days: PagerDuty integration tested."""

from __future__ import annotations

import pytest

from golive.facts.paging import STATES

pytestmark = pytest.mark.t7d


@pytest.mark.item("monitoring.pagerduty")
def test_pagerduty_pages(paging, evidence):
    """The production service MUST be able to page, and a test event MUST open an incident that follows it to its end.

    Hint: the service's integrations and maintenance windows in PagerDuty; Alertmanager must have the key of the former.
    """
    production = paging.production()
    evidence.add(production)
    assert production.wanting == ()
    drill = paging.drill()
    evidence.add(drill)
    assert drill.states == STATES
