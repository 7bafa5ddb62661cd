"""T-7 days: alert rules configured."""

from __future__ import annotations

import pytest

from golive.facts.alerting import FIRED_AND_RESOLVED, HEALTHY

pytestmark = pytest.mark.t7d


@pytest.mark.item("monitoring.alert_rules")
def test_alerts_reach_who_must_be_told(alerting, target, evidence):
    """Every alert rule MUST be loaded and healthy, page where it is severe, and a test alert MUST arrive and resolve.

    Hint: Status > Rules in Prometheus; amtool config routes test shows where an alert of certain labels goes.
    """
    rules, paging = alerting.rules(), target.alerts.manager.paging
    evidence.add(*rules)
    assert target.alerts.rules - {rule.alert for rule in rules} == frozenset(), "rules that were never loaded"
    assert {rule.alert: rule.state for rule in rules} == {rule.alert: HEALTHY for rule in rules}
    severe = [rule for rule in rules if rule.severity in paging]
    assert severe, "no rule has a severity that pages"
    assert [rule.alert for rule in severe if paging[rule.severity] not in rule.receivers] == [], (
        "alerts that page nobody"
    )
    assert alerting.managers(), "Prometheus sends its alerts to no Alertmanager"
    drill = alerting.drill()
    evidence.add(drill)
    assert drill.states == FIRED_AND_RESOLVED
