"""Statuspage's API, version 1: one page with its components and incidents, as far as golive asks for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from golive_lab.images import EARLIER_RELEASE
from golive_lab.standins.base import Answer, StandIn, hours, iso, now, shown_as

FAULTS: Final = {
    "under_maintenance": "components are still under maintenance, and it was not closed",
    "maintenance_open": "the maintenance was not closed, though all components are operational",
    "another_maintenance_open": "the release before has a maintenance that nobody closed",
    "component_degraded": "one component has degraded performance",
    "component_absent": "one component is not on the page",
    "without_maintenance": "no maintenance was announced for this release",
    "silent_since_live": "the last update came before the release was live",
}
PAGE: Final = "lab0page0001"
COMPONENTS: Final = ("API", "Live stream", "Web Hub")
BEFORE_LIVE: Final = "2026-11-20T17:30:00.000Z"
"""Before the time at which the lab's target says that the release went live."""


class Page:
    """The page as it is now, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._faulty, self._release = stand.faulty, stand.settings.release

    def components(self, request: Request) -> Answer:
        """A group and what is in it; all on the first page."""
        if request.path_params["page"] != PAGE:
            return HTTPStatus.NOT_FOUND, {"error": "not found"}
        statuses = dict.fromkeys(COMPONENTS, "operational")
        if self._faulty("under_maintenance"):
            statuses |= {"API": "under_maintenance", "Live stream": "under_maintenance"}
        if self._faulty("component_degraded"):
            statuses["Web Hub"] = "degraded_performance"
        if self._faulty("component_absent"):
            del statuses["Live stream"]
        group = {"id": "lab0group001", "name": "Market Intelligence", "group": True, "status": "operational"}
        found = [
            {"id": f"lab0comp{number:04}", "name": name, "group": False, "group_id": group["id"], "status": status}
            for number, (name, status) in enumerate(statuses.items())
        ]
        return HTTPStatus.OK, [group, *found] if request.query_params.get("page", "1") == "1" else []

    def incidents(self, request: Request) -> Answer:
        """The release's maintenance, an incident long over, and the maintenance of the release before."""
        if request.path_params["page"] != PAGE:
            return HTTPStatus.NOT_FOUND, {"error": "not found"}
        moment = now()
        open_ = self._faulty("under_maintenance") or self._faulty("maintenance_open")
        own = self._maintenance(self._release, "in_progress" if open_ else "completed", moment - hours(3))
        if self._faulty("silent_since_live"):
            for update in own["incident_updates"]:
                update |= {"display_at": BEFORE_LIVE, "created_at": BEFORE_LIVE}
        status = "verifying" if self._faulty("another_maintenance_open") else "completed"
        earlier = self._maintenance(EARLIER_RELEASE, status, moment - hours(720))
        over = {"id": "lab0inc00009", "name": "Slow answers", "status": "resolved", "scheduled_for": None}
        every = [over | {"incident_updates": []}, earlier]
        if not self._faulty("without_maintenance"):
            every.insert(0, own)
        return HTTPStatus.OK, every if request.query_params.get("page", "1") == "1" else []

    def _maintenance(self, release: str, status: str, begin: Any) -> dict[str, Any]:
        last, first = iso(begin + hours(2)), iso(begin - hours(24))
        updates = [
            {"id": "lab0upd00002", "status": status, "body": "…", "created_at": last, "display_at": last},
            {"id": "lab0upd00001", "status": "scheduled", "body": "…", "created_at": first, "display_at": first},
        ]
        about = {
            "id": f"lab0inc-{release}",
            "name": f"Deployment of {release}",
            "status": status,
            "impact": "maintenance",
        }
        return {**about, "scheduled_for": iso(begin), "scheduled_until": last, "incident_updates": updates}


def routes(stand: StandIn) -> list[Route]:
    """Those that golive asks for."""
    page, shown = Page(stand), shown_as("OAuth ")
    return [
        stand.guarded("/pages/{page}/components", shown, page.components),
        stand.guarded("/pages/{page}/incidents", shown, page.incidents),
    ]
