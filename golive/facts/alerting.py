"""Alert rules as Prometheus has them, where their alerts go, and one alert that is sent all the way.

The one that is sent has the run's name and a label that the target's routes send to a test receiver: nobody is paged.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from golive.clients.alertmanager import AlertmanagerClient
from golive.clients.pagerduty import PagerDutyClient
from golive.clients.prometheus import PrometheusClient
from golive.errors import NotDescribed, ProtocolBroken
from golive.facts.alert_routes import receivers
from golive.residue import RunId
from golive.target import Target
from golive.target.needed import required
from golive.waiting import Deadline, comes_true

ITEM, SYSTEM = "monitoring.alert_rules", "alertmanager"
ALERT = "GoliveTest"
HEALTHY, FIRED_AND_RESOLVED = "healthy", ("triggered", "resolved")
_INTERVAL = 0.3
_LASTS = timedelta(minutes=5)
"""After so long the alert is over by itself, where nobody is left to end it."""


@dataclass(frozen=True)
class Rule:
    """One rule. ``state``: ``healthy``, or why it is not; ``receivers``: where its alerts go."""

    alert: str
    group: str
    severity: str
    state: str
    receivers: tuple[str, ...]
    service: str = SYSTEM


@dataclass(frozen=True)
class Drill:
    """The alert that was sent. ``states``: those in which its incident at the test receiver was seen in time."""

    alert: str
    receivers: tuple[str, ...]
    states: tuple[str, ...]
    seconds: float
    service: str = SYSTEM


class Alerting:
    """Prometheus' rules and Alertmanager's routes."""

    def __init__(self, target: Target, run: RunId) -> None:
        self.target, self._run = target, run

    def managers(self) -> tuple[str, ...]:
        """The Alertmanagers that Prometheus sends alerts to now."""
        return PrometheusClient(self.target, ITEM).alertmanagers()

    def rules(self) -> tuple[Rule, ...]:
        """Every alert rule that is loaded, and where its alerts go."""
        root = AlertmanagerClient(self.target, ITEM).route()
        label = required(self.target.alerts, "alerts", ITEM).severity
        return tuple(
            Rule(
                each.name,
                each.group,
                each.labels.get(label, ""),
                HEALTHY if each.health == "ok" else f"{each.health}: {each.error[:160]}",
                _routed(root, {**each.labels, "alertname": each.name}),
            )
            for each in PrometheusClient(self.target, ITEM).alert_rules()
        )

    def drill(self) -> Drill:
        """Send an alert that goes to the test receiver, and see its incident open and end.

        Raises NotDescribed where the target has no test service; nothing is sent where the routes would send it on to
        another receiver than the test's: that is the finding then.
        """
        manager = AlertmanagerClient(self.target, ITEM)
        pager = PagerDutyClient(self.target, ITEM)
        test, settings = pager.settings.test, manager.settings
        if test is None:
            raise NotDescribed("pagerduty", f"the target has no [pagerduty.test], at which {ITEM} looks", hint="add it")
        name = f"{self._run}-{secrets.token_hex(4)}"
        labels = {"alertname": ALERT, settings.test_label: settings.test_value, "golive": name}
        where, began = _routed(manager.route(), labels), time.monotonic()
        if where != (settings.test_receiver,):
            return Drill(name, where, (), 0.0)
        said = {"summary": f"{name}: a test of the way of alerts; it is resolved by itself"}
        seen = []
        try:
            manager.post(labels, said, _LASTS)
            if self._comes_to(pager, test.service, name, "triggered"):
                seen.append("triggered")
        finally:
            manager.post(labels, said, timedelta())
        if seen and self._comes_to(pager, test.service, name, "resolved"):
            seen.append("resolved")
        return Drill(name, where, tuple(seen), round(time.monotonic() - began, 1))

    def _comes_to(self, pager: PagerDutyClient, service: str, name: str, state: str) -> bool:
        """Whether the incident that names the alert comes into that state in time."""
        deadline = Deadline(SYSTEM, f"the test alert's being {state}", pager.settings.seconds)
        return comes_true(lambda: pager.incident_named(service, name) == state, deadline, interval=_INTERVAL)


def _routed(root: Mapping[str, object], labels: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return receivers(root, labels)
    except ValueError as error:
        raise ProtocolBroken(SYSTEM, f"its routes cannot be followed: {error}", hint="amtool config routes") from error
