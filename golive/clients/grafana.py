"""Grafana's HTTP API: dashboards by uid, and the queries of their panels by its own data sources."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import bearer, secret
from golive.clients.words import clean
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target import Target
from golive.target.needed import required

T = TypeVar("T")
Json = dict[str, Any]
SYSTEM = "grafana"
CONNECTIONS = 4
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]")
_ALL = "$__all"


@dataclass(frozen=True)
class Panel:
    """A panel that asks for data: its queries, with the values of variables in them."""

    title: str
    queries: tuple[Json, ...] = field(repr=False)


@dataclass(frozen=True)
class Dashboard:
    """One dashboard, panels without queries (text, rows) left out."""

    uid: str
    title: str
    panels: tuple[Panel, ...]


class GrafanaClient:
    """Asks with the target's token. All methods raise the typed errors of clients."""

    def __init__(self, target: Target, item: str) -> None:
        """Raises NotDescribed where the target has no [grafana], which ``item`` looks at."""
        self.settings = required(target.grafana, "grafana", item)
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def dashboard(self, uid: str) -> Dashboard | None:
        """The dashboard; None where there is none of that uid."""
        answer = self._http.ask(self._request(f"/api/dashboards/uid/{uid}"))
        if answer.status == HTTPStatus.NOT_FOUND and isinstance(answer.json(), dict):
            return None
        content = _json(f"dashboard {uid}", answer)
        return _parsed(f"dashboard {uid}", lambda: _dashboard(content["dashboard"], self.settings.variables))

    def answers(self, panels: Mapping[str, Panel]) -> dict[str, str]:
        """For each panel ``data``, ``no data``, or in words why its queries were not answered."""
        asked = {name: self._query(panel) for name, panel in panels.items()}
        found = self._http.ask_many(asked, connections=CONNECTIONS)
        return {name: _answered(name, answer) for name, answer in found.items()}

    def _query(self, panel: Panel) -> Request:
        body = {"from": self.settings.since, "to": "now", "queries": list(panel.queries)}
        return self._request("/api/ds/query", "POST", json.dumps(body).encode())

    def _request(self, path: str, method: str = "GET", content: bytes | None = None) -> Request:
        token = SecretStr(secret(SYSTEM, "token of Grafana", self.settings.token))
        headers = {"Accept": "application/json", "Content-Type": "application/json", **bearer(token)}
        return Request(self.settings.url.rstrip("/") + path, method, headers=headers, content=content)


def _dashboard(found: Json, chosen: Mapping[str, str]) -> Dashboard:
    values = {**dict(map(_current, found.get("templating", {}).get("list", ()))), **chosen}
    panels = []
    for panel in _panels(found.get("panels", ())):
        queries = [each for each in panel.get("targets") or () if not each.get("hide")]
        if queries:
            filled = tuple(
                _filled({"datasource": panel.get("datasource"), **each, **_SIZE}, values) for each in queries
            )
            panels.append(Panel(str(panel.get("title") or panel["id"]), filled))
    return Dashboard(found["uid"], found["title"], tuple(panels))


_SIZE = {"intervalMs": 15_000, "maxDataPoints": 300}


def _panels(found: Any) -> Iterator[Json]:
    """The panels, those in collapsed rows among them."""
    for panel in found:
        if panel.get("type") == "row":
            yield from _panels(panel.get("panels", ()))
        else:
            yield panel


def _current(variable: Json) -> tuple[str, str]:
    value = variable.get("current", {}).get("value", "")
    values = value if isinstance(value, list) else [value]
    if _ALL in values:
        return variable["name"], variable.get("allValue") or ".*"
    return variable["name"], "|".join(map(str, values))


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """The value with those of variables in every text; Grafana's own, as ``$__interval``, are for its server."""
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    if not isinstance(value, str):
        return value

    def known(match: re.Match[str]) -> str:
        return values.get(match[1] or match[2] or match[3], match[0])

    return _VARIABLE.sub(known, value)


def _answered(name: str, answer: Answer | CannotEstablish) -> str:
    if isinstance(answer, CannotEstablish):
        raise answer
    content = answer.json()
    if not isinstance(content, dict) or "results" not in content:
        _json(f"the queries of {name}", answer)
        raise ProtocolBroken(SYSTEM, f"the queries of {name}: an answer without results")
    results = _parsed(name, lambda: list(content["results"].values()))
    errors = [str(each["error"]) for each in results if each.get("error")]
    if errors:
        return f"error: {clean(errors[0], 120)}"
    return "data" if _parsed(name, lambda: any(map(_has_data, results))) else "no data"


def _has_data(result: Json) -> bool:
    """Whether a frame of the result has a value, in another column than that of the times."""
    for frame in result.get("frames") or ():
        kinds = [each.get("type") for each in frame["schema"]["fields"]]
        for kind, column in zip(kinds, frame.get("data", {}).get("values", ()), strict=True):
            if (kind != "time" or len(kinds) == 1) and any(value is not None for value in column):
                return True
    return False


def _json(what: str, answer: Answer) -> Json:
    content = answer.json()
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        hint = "is grafana.token of a service account that may read dashboards and query their data sources?"
        raise CredentialsRefused(SYSTEM, f"{what}: HTTP {answer.status} to the suite's token", hint=hint)
    if answer.status != HTTPStatus.OK or not isinstance(content, dict):
        raise ProtocolBroken(SYSTEM, f"{what}: HTTP {answer.status}", hint="does grafana.url point to Grafana?")
    return content


def _parsed(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolBroken(SYSTEM, f"{what}: not in the form of Grafana's API: {error!r}") from error
