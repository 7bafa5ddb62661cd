"""Change records: ServiceNow's Table API and Jira's REST API, both over the one record that this lab has."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from golive_lab.standins.base import Answer, StandIn, hours, iso, now

FAULTS: Final = {
    "not_approved": "its approval was asked for, and not given",
    "rejected": "its approval was refused",
    "for_another_release": "it is for the release before",
    "window_over": "its window ended an hour ago",
    "window_to_come": "its window begins in an hour",
    "without_window": "nobody planned it",
    "cancelled": "it was approved, and then cancelled",
    "gone": "there is no such record, or it may not be seen",
}
NUMBER: Final = "CHG0030001"
KEY: Final = "CHG-1"
USER: Final = "golive"


class Record:
    """The record as it is now, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._stand, self._faulty = stand, stand.faulty

    def by_table(self, request: Request) -> Answer:
        """ServiceNow's answer to a query for the number."""
        asked = request.query_params
        if self._faulty("gone") or asked.get("sysparm_query") != f"number={NUMBER}":
            return HTTPStatus.OK, {"result": []}
        start, end = ("" if each is None else each.strftime("%Y-%m-%d %H:%M:%S") for each in self._window())
        row = {
            "number": NUMBER,
            "state": "4" if self._faulty("cancelled") else "-1",
            "active": "false" if self._faulty("cancelled") else "true",
            "approval": self._approval(),
            "u_release": self._release(),
            "start_date": start,
            "end_date": end,
        }
        named = asked.get("sysparm_fields", "").split(",")
        return HTTPStatus.OK, {"result": [{name: row[name] for name in named if name in row}]}

    def by_issue(self, request: Request) -> Answer:
        """Jira's answer for the key."""
        if self._faulty("gone") or request.path_params["key"] != KEY:
            return HTTPStatus.NOT_FOUND, {"errorMessages": ["Issue does not exist or you do not have permission"]}
        name = {"approved": "Approved", "requested": "Awaiting approval", "rejected": "Declined"}[self._approval()]
        status: dict[str, Any] = {"name": name, "statusCategory": {"key": "indeterminate"}}
        if self._faulty("cancelled"):
            status = {"name": "Canceled", "statusCategory": {"key": "done"}}
        start, end = (None if each is None else iso(each).replace("Z", ".000+0000") for each in self._window())
        fields = {
            "status": status,
            "fixVersions": [{"id": "10001", "name": self._release(), "released": False}],
            "customfield_10040": start,
            "customfield_10041": end,
        }
        named = request.query_params.get("fields", "").split(",")
        return HTTPStatus.OK, {
            "id": "10000",
            "key": KEY,
            "fields": {name: fields[name] for name in named if name in fields},
        }

    def _approval(self) -> str:
        if self._faulty("not_approved"):
            return "requested"
        return "rejected" if self._faulty("rejected") else "approved"

    def _release(self) -> str:
        return "2026.10.3" if self._faulty("for_another_release") else self._stand.settings.release

    def _window(self) -> tuple[Any, Any]:
        moment = now()
        if self._faulty("without_window"):
            return None, None
        if self._faulty("window_over"):
            return moment - hours(5), moment - hours(1)
        if self._faulty("window_to_come"):
            return moment + hours(1), moment + hours(5)
        return moment - hours(1), moment + hours(3)


def routes(stand: StandIn) -> list[Route]:
    """Those that golive asks for."""
    record = Record(stand)
    return [
        stand.guarded("/api/now/table/change_request", _password, record.by_table),
        stand.guarded("/rest/api/2/issue/{key}", _password, record.by_issue),
    ]


def _password(request: Request) -> str:
    """What the suite's user shows as a password."""
    encoded = request.headers.get("authorization", "").removeprefix("Basic ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password if user == USER else ""
