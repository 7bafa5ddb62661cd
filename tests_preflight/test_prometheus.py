"""T-7 days: Prometheus deployed and scraping all services."""

from __future__ import annotations

import pytest

from golive.facts.scraping import SCRAPED, UP

pytestmark = pytest.mark.t7d


@pytest.mark.item("monitoring.prometheus")
def test_prometheus_scrapes_every_service(scraping, target, evidence):
    """Prometheus MUST have scraped every declared job just now, and every pod that runs of every service.

    Hint: Status > Targets in Prometheus; a pod without a target often lacks the label that its ServiceMonitor selects.
    """
    jobs, pods = scraping.jobs(), scraping.pods()
    evidence.add(*jobs, *pods)
    assert {each.job: each.state for each in jobs} == dict.fromkeys(target.metrics.jobs, UP)
    assert {each.of: each.state for each in pods} == {each.of: SCRAPED for each in pods}
    assert target.services.keys() <= {each.of for each in pods}
