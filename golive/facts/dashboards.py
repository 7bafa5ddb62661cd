"""The platform's dashboards: each there, and each of its panels with data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from golive.clients.grafana import SYSTEM, Dashboard, GrafanaClient
from golive.target import Target

ITEM = "monitoring.grafana"
MISSING, COMPLETE = "missing", "complete"


@dataclass(frozen=True)
class DashboardSeen:
    """One dashboard. ``state`` is ``complete``, or says what is wrong; ``without``: panels without data, and why."""

    uid: str
    title: str
    panels: int
    state: str
    without: Mapping[str, str]
    note: str
    service: str = SYSTEM


class Dashboards:
    """The dashboards that the target names."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def seen(self) -> tuple[DashboardSeen, ...]:
        """Each as it is found now."""
        client = GrafanaClient(self.target, ITEM)
        settings = client.settings
        found = {uid: client.dashboard(uid) for uid in sorted(settings.dashboards)}
        return tuple(self._seen(client, uid, each) for uid, each in found.items())

    def _seen(self, client: GrafanaClient, uid: str, found: Dashboard | None) -> DashboardSeen:
        settings = client.settings
        title, note = settings.dashboards[uid], settings.note
        if found is None:
            return DashboardSeen(uid, title, 0, MISSING, {}, note)
        panels = {f"{number}. {panel.title}": panel for number, panel in enumerate(found.panels, 1)}
        answers = client.answers(panels)
        without = {
            name: words
            for name, words in answers.items()
            if words != "data" and not (words == "no data" and f"{uid}: {panels[name].title}" in settings.may_be_empty)
        }
        return DashboardSeen(uid, found.title, len(panels), _state(found, title, without), without, note)


def _state(found: Dashboard, title: str, without: Mapping[str, str]) -> str:
    if found.title != title:
        return f"is called {found.title!r}, not {title!r}"
    if not found.panels:
        return "has no panel that asks for data"
    return "; ".join(f"{name}: {words}" for name, words in without.items()) or COMPLETE
