"""Change records and tickets: ServiceNow's Table API and Jira's REST API, both over the lab's three records."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from golive_lab.images import EARLIER_RELEASE
from golive_lab.standins.base import Answer, StandIn, basic_password, hours, iso, now

OF_A_CHANGE: Final = {
    "not_approved": "its approval was asked for, and not given",
    "rejected": "its approval was refused",
    "for_another_release": "it is for the release before",
    "window_over": "its window ended an hour ago",
    "window_to_come": "its window begins in an hour",
    "without_window": "nobody planned it",
    "cancelled": "it was approved, and then cancelled",
    "gone": "there is no such record, or it may not be seen",
}
OF_A_TICKET: Final = {
    "closed": "it was closed",
    "unassigned": "nobody owns it",
    "of_another_release": "it is of the release before",
    "without_report": "it links no report",
    "with_another_report": "it links the report of an earlier incident",
    "gone": "there is no such ticket, or it may not be seen",
}
FAULTS: Final = {
    **OF_A_CHANGE,
    **{f"again_{name}": f"of the change after a rollback: {words}" for name, words in OF_A_CHANGE.items()},
    **{f"ticket_{name}": f"of the ticket of a rollback's cause: {words}" for name, words in OF_A_TICKET.items()},
}
NUMBER, AGAIN, TICKET = "CHG0030001", "CHG0030002", "PRB0040001"
KEYS: Final = {"CHG-1": NUMBER, "CHG-2": AGAIN, "PRB-1": TICKET}
"""Jira's for the same records."""
TABLES: Final = {NUMBER: "change_request", AGAIN: "change_request", TICKET: "problem"}
FIX: Final = "2026.11.1"
"""The release that the change after a rollback is for."""
REPORT: Final = "https://wiki.example.com/incidents/2026-11-26"
USER: Final = "golive"
OPEN, CLOSED = ("-1", "true"), ("4", "false")
_APPROVALS: Final = {"approved": "Approved", "requested": "Awaiting approval", "rejected": "Declined"}


class Records:
    """The records as they are now, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._stand = stand

    def by_table(self, request: Request) -> Answer:
        """ServiceNow's answer to a query for a number."""
        asked = request.query_params
        number = asked.get("sysparm_query", "").removeprefix("number=")
        if TABLES.get(number) != request.path_params["table"] or self._faulty(number, "gone"):
            return HTTPStatus.OK, {"result": []}
        state, active = CLOSED if self._closed(number) else OPEN
        row = {"number": number, "state": state, "active": active, **self._row(number)}
        named = asked.get("sysparm_fields", "").split(",")
        return HTTPStatus.OK, {"result": [{name: row[name] for name in named if name in row}]}

    def by_issue(self, request: Request) -> Answer:
        """Jira's answer for a key."""
        key = request.path_params["key"]
        number = KEYS.get(key, "")
        if not number or self._faulty(number, "gone"):
            return HTTPStatus.NOT_FOUND, {"errorMessages": ["Issue does not exist or you do not have permission"]}
        fields = self._fields(number)
        named = request.query_params.get("fields", "").split(",")
        shown = {name: fields[name] for name in named if name in fields}
        return HTTPStatus.OK, {"id": "10000", "key": key, "fields": shown}

    def _row(self, number: str) -> dict[str, Any]:
        if number == TICKET:
            owner = "" if self._faulty(number, "unassigned") else "46d44a23a9fe19810012d100cca80666"
            return {"assigned_to": owner, "u_release": self._release(number), "u_incident_report": self._link()}
        start, end = ("" if each is None else each.strftime("%Y-%m-%d %H:%M:%S") for each in self._window(number))
        times = {"start_date": start, "end_date": end}
        return {"approval": self._approval(number), "u_release": self._release(number), **times}

    def _fields(self, number: str) -> dict[str, Any]:
        status: dict[str, Any] = {"name": "In progress", "statusCategory": {"key": "indeterminate"}}
        if number != TICKET:
            status["name"] = _APPROVALS[self._approval(number)]
        if self._closed(number):
            status = {"name": "Canceled", "statusCategory": {"key": "done"}}
        named = [{"id": "10001", "name": self._release(number), "released": False}]
        if number == TICKET:
            owner = None if self._faulty(number, "unassigned") else {"accountId": "557058:f58131cb"}
            return {"status": status, "assignee": owner, "versions": named, "customfield_10050": self._link() or None}
        start, end = (None if each is None else iso(each).replace("Z", ".000+0000") for each in self._window(number))
        return {"status": status, "fixVersions": named, "customfield_10040": start, "customfield_10041": end}

    def _faulty(self, number: str, fault: str) -> bool:
        before = {NUMBER: "", AGAIN: "again_", TICKET: "ticket_"}[number]
        return self._stand.faulty(f"{before}{fault}")

    def _closed(self, number: str) -> bool:
        return self._faulty(number, "closed" if number == TICKET else "cancelled")

    def _approval(self, number: str) -> str:
        if self._faulty(number, "not_approved"):
            return "requested"
        return "rejected" if self._faulty(number, "rejected") else "approved"

    def _release(self, number: str) -> str:
        if self._faulty(number, "of_another_release" if number == TICKET else "for_another_release"):
            return EARLIER_RELEASE
        return FIX if number == AGAIN else self._stand.settings.release

    def _link(self) -> str:
        if self._faulty(TICKET, "without_report"):
            return ""
        return f"{REPORT}-earlier" if self._faulty(TICKET, "with_another_report") else REPORT

    def _window(self, number: str) -> tuple[datetime | None, datetime | None]:
        moment = now() + (hours(24) if number == AGAIN else hours(0))
        if self._faulty(number, "without_window"):
            return None, None
        if self._faulty(number, "window_over"):
            return now() - hours(5), now() - hours(1)
        if self._faulty(number, "window_to_come"):
            return moment + hours(1), moment + hours(5)
        return moment - hours(1), moment + hours(3)


def routes(stand: StandIn) -> list[Route]:
    """Those that golive asks for."""
    records, shown = Records(stand), partial(basic_password, user=USER)
    return [
        stand.guarded("/api/now/table/{table}", shown, records.by_table),
        stand.guarded("/rest/api/2/issue/{key}", shown, records.by_issue),
    ]
