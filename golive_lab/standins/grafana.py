"""Grafana's HTTP API: one dashboard, and a data source for its panels' queries, as far as golive asks for it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from golive_lab.standins.base import Answer, StandIn, hours, now, shown_as

FAULTS: Final = {
    "dashboard_missing": "the dashboard was not imported",
    "dashboard_renamed": "under its uid there is another dashboard",
    "dashboard_empty": "the dashboard has no panels",
    "data_source_broken": "the data source does not reach its server",
    "data_source_unknown": "one panel, in a collapsed row, asks a data source that this Grafana does not have",
    "panel_empty": "one panel's query gives no series",
    "panel_null": "one panel's query gives a series of nulls",
}
UID: Final = "lab-platform"
TITLE: Final = "Market Intelligence"
PROMETHEUS: Final = {"type": "prometheus", "uid": "lab-prometheus"}
_EXPRESSIONS: Final = {
    "Services up": 'up{job=~"$service"}',
    "CPU": 'rate(container_cpu_usage_seconds_total{container=~"$service"}[$__rate_interval])',
    "Memory": 'container_memory_working_set_bytes{container=~"${service:regex}"}',
}
_EMPTY: Final = "CPU"


class Grafana:
    """Dashboard and data source, by the faults in force."""

    def __init__(self, stand: StandIn) -> None:
        self._faulty = stand.faulty

    def dashboard(self, request: Request) -> Answer:
        """The dashboard by its uid."""
        if self._faulty("dashboard_missing") or request.path_params["uid"] != UID:
            return HTTPStatus.NOT_FOUND, {"message": "Dashboard not found"}
        *open_, last = [self._panel(number, title) for number, title in enumerate(_EXPRESSIONS, 1)]
        panels = [
            {"id": 10, "type": "text", "title": "About"},
            *open_,
            {"id": 11, "type": "row", "collapsed": True, "title": "More", "panels": [last]},
        ]
        service = {"name": "service", "type": "custom", "current": {"value": ["$__all"]}, "allValue": ".+"}
        dashboard = {
            "uid": UID,
            "title": "Nodes" if self._faulty("dashboard_renamed") else TITLE,
            "templating": {"list": [service]},
            "panels": panels[:1] if self._faulty("dashboard_empty") else panels,
        }
        return HTTPStatus.OK, {"meta": {"slug": "market-intelligence"}, "dashboard": dashboard}

    def _panel(self, number: int, title: str) -> dict[str, Any]:
        source = dict(PROMETHEUS)
        if title == "Memory" and self._faulty("data_source_unknown"):
            source["uid"] = "somewhere-else"
        query = {"refId": "A", "expr": _EXPRESSIONS[title], "datasource": source}
        hidden = {"refId": "B", "expr": "vector(1)", "hide": True, "datasource": source}
        return {"id": number, "type": "timeseries", "title": title, "datasource": source, "targets": [query, hidden]}

    def query(self, body: bytes) -> Answer:
        """Each query's frames."""
        results = {each["refId"]: self._result(each) for each in json.loads(body)["queries"]}
        failed = any("error" in each for each in results.values())
        return HTTPStatus.BAD_REQUEST if failed else HTTPStatus.OK, {"results": results}

    def _result(self, query: dict[str, Any]) -> dict[str, Any]:
        if query["datasource"]["uid"] != PROMETHEUS["uid"]:
            return {"status": 404, "error": "data source not found", "frames": []}
        if self._faulty("data_source_broken"):
            return {"status": 502, "error": "Post api/v1/query_range: connection refused", "frames": []}
        if "$service" in query["expr"] or "${service" in query["expr"]:
            return {"status": 400, "error": "parse error: unexpected variable", "frames": []}
        asked = query["expr"].partition("{")[0]
        empty = _EXPRESSIONS[_EMPTY].partition("{")[0] == asked
        fields = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number"}]
        times = [round(1000 * (now() - hours(back)).timestamp()) for back in (0.5, 0.25, 0)]
        values: list[float | None] = [1.0, 1.0, 1.0]
        if empty and self._faulty("panel_empty"):
            return {
                "status": 200,
                "frames": [{"schema": {"refId": query["refId"], "fields": []}, "data": {"values": []}}],
            }
        if empty and self._faulty("panel_null"):
            values = [None, None, None]
        frame = {"schema": {"refId": query["refId"], "fields": fields}, "data": {"values": [times, values]}}
        return {"status": 200, "frames": [frame]}


def routes(stand: StandIn) -> list[Route]:
    """Those that golive asks for."""
    grafana, shown = Grafana(stand), shown_as("Bearer ")
    return [
        stand.guarded("/api/dashboards/uid/{uid}", shown, grafana.dashboard),
        stand.guarded_with_body("/api/ds/query", shown, grafana.query),
    ]
