"""Alertmanager's API, version 2: which route tree it has, and alerts that are posted to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import yaml

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import credential
from golive.errors import CredentialsRefused, NotDescribed, ProtocolBroken
from golive.target import Target
from golive.target.needed import required

SYSTEM = "alertmanager"


class AlertmanagerClient:
    """Asks with the target's credential. All methods raise the typed errors of clients."""

    def __init__(self, target: Target, item: str) -> None:
        """Raises NotDescribed where the target has no [alerts.manager], which ``item`` looks at."""
        manager = required(target.alerts, "alerts", item).manager
        if manager is None:
            raise NotDescribed(SYSTEM, f"the target has no [alerts.manager], which {item} looks at", hint="add it")
        self.settings = manager
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def route(self) -> dict[str, Any]:
        """The root of the tree of routes, as its configuration has it."""
        answer = self._asked(Request(self._url("status"), headers=self._credential()))
        try:
            route = yaml.safe_load(answer.json()["config"]["original"])["route"]
        except (KeyError, TypeError, yaml.YAMLError) as error:
            raise ProtocolBroken(SYSTEM, f"its status tells of no route: {error!r}") from error
        if not isinstance(route, dict):
            raise ProtocolBroken(SYSTEM, "its status tells of no route")
        return route

    def post(self, labels: dict[str, str], annotations: dict[str, str], lasts: timedelta) -> None:
        """Let an alert of these labels fire from now on for so long; of no time, the one that fires is over."""
        now = datetime.now(UTC)
        times = {"startsAt": (now - timedelta(seconds=1)).isoformat(), "endsAt": (now + lasts).isoformat()}
        content = json.dumps([{"labels": labels, "annotations": annotations, **times}]).encode()
        headers = {"Content-Type": "application/json", **self._credential()}
        self._asked(Request(self._url("alerts"), "POST", headers=headers, content=content))

    def _url(self, what: str) -> str:
        return f"{self.settings.url.rstrip('/')}/api/v2/{what}"

    def _asked(self, request: Request) -> Answer:
        answer = self._http.ask(request)
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            hint = "does [alerts.manager] name the right user and password, or token?"
            raise CredentialsRefused(SYSTEM, f"{request.place}: HTTP {answer.status}", hint=hint)
        if answer.status != HTTPStatus.OK:
            raise ProtocolBroken(SYSTEM, f"{request.place}: HTTP {answer.status}", hint="is it Alertmanager's address?")
        return answer

    def _credential(self) -> dict[str, str]:
        return credential(SYSTEM, self.settings.user, self.settings.password, self.settings.token)
