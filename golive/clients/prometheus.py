"""Prometheus' HTTP API, or another's that speaks it: queries, series, targets, and what the server warns of."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import credential
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TimedOut
from golive.target import Target
from golive.target.needed import required

T = TypeVar("T")
SYSTEM = "metrics"
CONNECTIONS = 4
_GIVEN_UP = {"timeout", "canceled"}


@dataclass(frozen=True)
class Series:
    """One series: its labels, and samples as Unix time and value, in order of time. NaN stands for no number."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Found:
    """What a query found. ``warnings`` are the server's own words: part of the data may be missing."""

    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScrapeTarget:
    """What is scraped: ``health`` is ``up``, ``down`` or ``unknown``, ``error`` why."""

    job: str
    instance: str
    health: str
    error: str
    last_scrape: float = 0.0
    """Unix time by the server's clock; before 1970 where there was none."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AlertRule:
    """One alert rule that is loaded. ``health`` is ``ok``, ``err`` or ``unknown``, ``error`` why."""

    name: str
    group: str
    health: str
    error: str
    labels: Mapping[str, str] = field(hash=False)
    annotations: Mapping[str, str] = field(hash=False)


class PrometheusClient:
    """Asks with the target's credential. All methods raise the typed errors of clients."""

    def __init__(self, target: Target, item: str) -> None:
        """Raises NotDescribed where the target has no [metrics], which ``item`` looks at."""
        self.settings = required(target.metrics, "metrics", item)
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def healthy(self) -> None:
        """Raise where its health answer is not 200."""
        url = self.settings.url.rstrip("/") + self.settings.health
        answer = self._http.ask(Request(url, headers=self._credential()))
        if answer.status != HTTPStatus.OK:
            raise _typed(f"health at {url}", answer)

    def instant(self, query: str, at: float | None = None) -> Found:
        """The query at that Unix time, or now by the server's clock; a range in it gives samples as they were taken."""
        return _found(query, self._http.ask(self._query(query, at)))

    def instants(self, queries: Mapping[str, str], at: float) -> dict[str, Found]:
        """The same for many queries, by name; the first error ends all."""
        asked = {name: self._query(query, at) for name, query in queries.items()}
        answers = self._http.ask_many(asked, connections=CONNECTIONS)
        return {name: _found(queries[name], answer) for name, answer in answers.items()}

    def ahead(self) -> float:
        """Seconds by which its clock is ahead of this host's; off by half of the answer's own time at most."""
        asked = time.time()
        found = self.instant("time()")
        return round(found.series[0].samples[0][1] - (asked + time.time()) / 2, 3)

    def range(self, query: str, start: float, end: float, step: float) -> Found:
        """The query at each step between two Unix times."""
        words = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return _found(query, self._http.ask(self._request("query_range", words)))

    def series(self, selector: str, start: float, end: float) -> tuple[Mapping[str, str], ...]:
        """Labels of every series that the selector matches between two Unix times."""
        words = {"match[]": selector, "start": f"{start:.3f}", "end": f"{end:.3f}"}
        data, _ = _data(selector, self._http.ask(self._request("series", words)))
        return _parsed(selector, lambda: tuple(dict(each) for each in data))

    def now(self) -> float:
        """Unix time by the server's clock."""
        found = self.instant("time()")
        return _parsed("time()", lambda: found.series[0].samples[0][1])

    def targets(self) -> tuple[ScrapeTarget, ...]:
        """All that is scraped now."""
        data, _ = _data("targets", self._http.ask(self._request("targets", {"state": "active"})))
        return _parsed("targets", lambda: tuple(map(_target, data["activeTargets"])))

    def alertmanagers(self) -> tuple[str, ...]:
        """Addresses of the Alertmanagers that alerts are sent to."""
        data, _ = _data("alertmanagers", self._http.ask(self._request("alertmanagers", {})))
        return _parsed("alertmanagers", lambda: tuple(str(each["url"]) for each in data["activeAlertmanagers"]))

    def alert_rules(self) -> tuple[AlertRule, ...]:
        """Every alert rule that is loaded, as it was last evaluated."""
        data, _ = _data("rules", self._http.ask(self._request("rules", {"type": "alert"})))
        return _parsed("rules", lambda: tuple(_rule(g["name"], each) for g in data["groups"] for each in g["rules"]))

    def _query(self, query: str, at: float | None) -> Request:
        return self._request("query", {"query": query} | ({} if at is None else {"time": f"{at:.3f}"}))

    def _request(self, path: str, words: Mapping[str, str]) -> Request:
        return Request(f"{self.settings.url.rstrip('/')}/api/v1/{path}", headers=self._credential(), params=words)

    def _credential(self) -> dict[str, str]:
        return credential(SYSTEM, self.settings.user, self.settings.password, self.settings.token)


def _found(query: str, answer: Answer | CannotEstablish) -> Found:
    data, warnings = _data(query, answer)
    return _parsed(query, lambda: Found(_series(data["resultType"], data["result"]), warnings))


def _series(kind: str, result: Any) -> tuple[Series, ...]:
    if kind == "scalar":
        return (Series({}, _samples([result])),)
    return tuple(
        Series(dict(each["metric"]), _samples(each["values"] if kind == "matrix" else [each["value"]]))
        for each in result
    )


def _target(each: Any) -> ScrapeTarget:
    labels = each["labels"]
    scraped = datetime.fromisoformat(each["lastScrape"]).timestamp() if "lastScrape" in each else 0.0
    named = labels.get("job", ""), labels.get("instance", "")
    return ScrapeTarget(*named, each["health"], each.get("lastError", ""), scraped, dict(labels))


def _rule(group: str, each: Any) -> AlertRule:
    labels, annotations = (dict(each.get(name) or {}) for name in ("labels", "annotations"))
    return AlertRule(each["name"], group, each["health"], each.get("lastError", ""), labels, annotations)


def _parsed(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ProtocolBroken(SYSTEM, f"{_short(what)}: not in the form of Prometheus' API: {error!r}") from error


def _samples(pairs: Iterable[Any]) -> tuple[tuple[float, float], ...]:
    return tuple((float(at), float(value)) for at, value in pairs)


def _data(query: str, answer: Answer | CannotEstablish) -> tuple[Any, tuple[str, ...]]:
    if isinstance(answer, CannotEstablish):
        raise answer
    content = answer.json()
    if answer.status != HTTPStatus.OK or not isinstance(content, dict) or content.get("status") != "success":
        raise _typed(_short(query), answer)
    return content.get("data"), tuple(map(str, content.get("warnings", ())))


def _typed(what: str, answer: Answer) -> CannotEstablish:
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        hint = "does [metrics] name the right user and password, or token, and may they query?"
        return CredentialsRefused(SYSTEM, f"{what}: HTTP {answer.status} to the suite's credential", hint=hint)
    content = answer.json()
    said = content if isinstance(content, dict) else {}
    words = f"{said.get('errorType')}: {said.get('error')}" if "error" in said else answer.text.strip()[:200]
    if said.get("errorType") in _GIVEN_UP:
        return TimedOut(
            SYSTEM, f"{what}: the server gave it up: {words}", hint="ask for less at once, or raise its limit"
        )
    hint = "does metrics.url point to Prometheus, and are the queries of [metrics] PromQL?"
    return ProtocolBroken(SYSTEM, f"{what}: HTTP {answer.status}, {words}", hint=hint)


def _short(query: str) -> str:
    return " ".join(query.split())[:160]


def finite(samples: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The samples that are numbers."""
    return tuple((at, value) for at, value in samples if math.isfinite(value))
