"""T+24 hours: success metrics captured."""

from __future__ import annotations

import pytest

from golive.facts.snapshot import COMPLETE

pytestmark = pytest.mark.postdeploy


@pytest.mark.item("postdeploy.success_metrics")
def test_the_success_metrics_of_the_day_are_captured(snapshot, target, evidence):
    """Every success metric of the target MUST have values for the whole day since going live, which the record keeps.

    Hint: ask Prometheus for the metric's query over that day: was it renamed, or its exporter down?
    """
    metrics = snapshot.metrics()
    evidence.add(*metrics)
    assert {each.metric: each.state for each in metrics} == dict.fromkeys(target.success_metrics.metrics, COMPLETE)
