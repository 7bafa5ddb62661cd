"""T-7 days: Grafana dashboards imported."""

from __future__ import annotations

import pytest

from golive.facts.dashboards import COMPLETE

pytestmark = pytest.mark.t7d


@pytest.mark.item("monitoring.grafana")
def test_every_dashboard_shows_data(dashboards, target, evidence):
    """Every dashboard of the platform MUST be in Grafana, and the queries of each of its panels MUST give data.

    Hint: an imported dashboard often asks a data source by a uid of elsewhere; Explore shows the panel's error.
    """
    seen = dashboards.seen()
    evidence.add(*seen)
    assert {each.uid: each.state for each in seen} == dict.fromkeys(target.grafana.dashboards, COMPLETE)
