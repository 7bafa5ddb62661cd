"""Statuspage's API, version 1: components, and incidents, which maintenances are too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from golive.clients.http import HttpClient, Request
from golive.clients.secret import secret
from golive.errors import CredentialsRefused, ProtocolBroken, TooLittleData
from golive.target import Target
from golive.target.needed import required

T = TypeVar("T")
SYSTEM = "status_page"
PAGE, MOST = 100, 5
"""Incidents a page, and pages that are read: the newest come first."""


@dataclass(frozen=True)
class Maintenance:
    """A maintenance that was announced, and when each of its updates was shown."""

    name: str
    status: str
    scheduled_for: datetime
    updates: tuple[datetime, ...]


class StatusPageClient:
    """Asks with the target's key. All methods raise the typed errors of clients."""

    def __init__(self, target: Target, item: str) -> None:
        """Raises NotDescribed where the target has no [status_page], which ``item`` looks at."""
        self.settings = required(target.status_page, "status_page", item)
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def components(self) -> dict[str, str]:
        """The status of each component by name, groups left out: ``operational``, ``under_maintenance`` and so on."""
        found = self._pages("components")
        return _parsed("components", lambda: {each["name"]: each["status"] for each in found if not each.get("group")})

    def maintenances(self) -> tuple[Maintenance, ...]:
        """The newest incidents that were scheduled, those under way and over among them."""
        found = self._pages("incidents")
        return _parsed("incidents", lambda: tuple(_maintenance(each) for each in found if each.get("scheduled_for")))

    def _pages(self, what: str) -> list[Any]:
        found: list[Any] = []
        for number in range(1, MOST + 1):
            part = self._asked(what, {"page": str(number), "per_page": str(PAGE), "limit": str(PAGE)})
            found += part
            if len(part) < PAGE:
                break
        return found

    def _asked(self, what: str, params: dict[str, str]) -> list[Any]:
        settings = self.settings
        headers = {"Authorization": f"OAuth {secret(SYSTEM, 'key of Statuspage', settings.token)}"}
        url = f"{settings.url.rstrip('/')}/pages/{settings.page}/{what}"
        answer = self._http.ask(Request(url, headers=headers, params=params))
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise CredentialsRefused(
                SYSTEM, f"{what}: HTTP {answer.status} to the suite's key", hint="may its user read this page?"
            )
        if answer.status in {HTTPStatus.TOO_MANY_REQUESTS, 420}:
            raise TooLittleData(
                SYSTEM, f"{what}: put off with HTTP {answer.status}", hint="one request a second is let on"
            )
        content = answer.json()
        if answer.status != HTTPStatus.OK or not isinstance(content, list):
            raise ProtocolBroken(SYSTEM, f"{what}: HTTP {answer.status}", hint="are status_page.url and page right?")
        return content


def _maintenance(each: Any) -> Maintenance:
    shown = (update.get("display_at") or update["created_at"] for update in each["incident_updates"])
    moments = tuple(sorted(map(datetime.fromisoformat, shown)))
    return Maintenance(str(each["name"]), str(each["status"]), datetime.fromisoformat(each["scheduled_for"]), moments)


def _parsed(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolBroken(SYSTEM, f"{what}: not in the form of Statuspage's API: {error!r}") from error
