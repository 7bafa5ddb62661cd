"""The part of PagerDuty's stand-in that pages: two services, their integrations, and incidents made by events."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from golive_lab.standins.base import Answer, StandIn, shown_as, told

FAULTS: Final = {
    "wrong_key": "the production integration has another key than the one in use",
    "disabled": "the production service is disabled",
    "in_maintenance": "the production service has a maintenance window now",
    "escalates_elsewhere": "the production service has another escalation policy",
    "drops_events": "events are taken, and no incident comes of them",
    "ignores_acknowledgements": "incidents stay triggered until they are resolved",
    "never_resolves": "incidents stay open for ever",
    "test_key_unknown": "no integration has the key of the test service",
}
PRODUCTION: Final = "PLABSVC"
TEST: Final = "PLABTST"
SECRETS: Final = {PRODUCTION: "production-key", TEST: "test-key"}
_AFTER: Final = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


class Paging:
    """What pages, by the faults in force. Incidents are held while the process runs."""

    def __init__(self, stand: StandIn, policy: str) -> None:
        self._stand, self._faulty, self._policy = stand, stand.faulty, policy
        self._incidents: dict[str, dict[str, Any]] = {}

    def service(self, request: Request) -> Answer:
        """One service with its integrations."""
        name = request.path_params["id"]
        if name not in SECRETS:
            return HTTPStatus.NOT_FOUND, {"error": {"message": "Not Found", "code": 2100}}
        production = name == PRODUCTION
        key = self._stand.secret(SECRETS[name])
        if production and self._faulty("wrong_key"):
            key = "f" * 32
        integration = {"id": f"{name}-I1", "type": "events_api_v2_inbound_integration", "integration_key": key}
        status = "disabled" if production and self._faulty("disabled") else "active"
        policy = "PANOTHR" if production and self._faulty("escalates_elsewhere") else self._policy
        service = {"id": name, "type": "service", "status": status, "integrations": [integration]}
        return HTTPStatus.OK, {"service": {**service, "escalation_policy": {"id": policy}}}

    def maintenance(self, request: Request) -> Answer:
        """The windows that are open now."""
        asked = request.query_params.getlist("service_ids[]") == [PRODUCTION]
        windows = [{"id": "PLABMNT", "type": "maintenance_window"}] if asked and self._faulty("in_maintenance") else []
        return HTTPStatus.OK, {"maintenance_windows": windows, "limit": 25, "offset": 0, "more": False}

    def incidents(self, request: Request) -> Answer:
        """Those of a service, the newest first; of one key where that is asked for."""
        asked = request.query_params
        services, key = asked.getlist("service_ids[]"), asked.get("incident_key")
        of_services = [each for each in reversed(self._incidents.values()) if each["service"]["id"] in services]
        found = [each for each in of_services if key in {None, each["incident_key"]}]
        return HTTPStatus.OK, {"incidents": found, "limit": 25, "offset": 0, "more": False}

    async def enqueue(self, request: Request) -> Response:
        """Take an event: the routing key in its body says whose it is."""
        event = json.loads(await request.body())
        keys = {self._stand.secret(secret): service for service, secret in SECRETS.items()}
        service = keys.get(event.get("routing_key", ""))
        if service is None or (service == TEST and self._faulty("test_key_unknown")):
            return told(HTTPStatus.BAD_REQUEST, {"status": "invalid event", "message": "Event object is invalid"})
        key, state = str(event["dedup_key"]), _AFTER[event["event_action"]]
        ignored = (state == "acknowledged" and self._faulty("ignores_acknowledgements")) or (
            state == "resolved" and self._faulty("never_resolves")
        )
        known = key in self._incidents or state == "triggered"
        if known and not ignored and not self._faulty("drops_events"):
            incident = {"id": f"Q{len(self._incidents):06}", "type": "incident", "incident_key": key}
            title = event.get("payload", {}).get("summary") or self._incidents.get(key, {}).get("title", "")
            self._incidents[key] = {**incident, "service": {"id": service}, "status": state, "title": title}
        body = {"status": "success", "message": "Event processed", "dedup_key": key}
        return told(HTTPStatus.ACCEPTED, body)


def routes(stand: StandIn, policy: str) -> list[Route]:
    """Those that golive asks for; the Events API has no other credential than the event's own key."""
    paging, shown = Paging(stand, policy), shown_as("Token token=")
    return [
        stand.guarded("/services/{id}", shown, paging.service),
        stand.guarded("/maintenance_windows", shown, paging.maintenance),
        stand.guarded("/incidents", shown, paging.incidents),
        Route("/v2/enqueue", paging.enqueue, methods=["POST"]),
    ]
