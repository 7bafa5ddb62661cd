"""OpenSearch and Elasticsearch as a log store: ``_search`` with aggregations, never with a part of its shards.

A search that timed out, or that some shards did not answer, gives counts that are too low, with status 200 where one
lets it: here both are errors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.log_store import SYSTEM, ErrorRecord, Errors, ServiceLog, Span, credentials
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TimedOut, TooLittleData
from golive.target import Target
from golive.target.logs import Logs

Json = dict[str, Any]
PAGE = 1000
MOST_LEVELS = 50
_QUERY = {"allow_no_indices": "false", "allow_partial_search_results": "false", "ignore_unavailable": "false"}
"""No index that matches, or a shard that does not answer, is an error and not a count of 0."""
_MARGIN = 0.9
"""Share of the deadline that the store itself may search."""


class OpenSearchClient:
    """Sends each search as a request of its own."""

    def __init__(self, target: Target, settings: Logs) -> None:
        self.settings, self.limits = settings, target.limits
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def newest(self, since: float) -> Mapping[str, float]:
        """Unix time of the latest record of each service that has any since then."""
        inner = {"latest": {"max": {"field": self.settings.fields.time}}}
        found = self._by_service([self._since(round(1000 * since))], inner)
        return {name: bucket["latest"]["value"] / 1000 for name, bucket in found.items()}

    def mentions(self, name: str, since: float) -> Mapping[str, int]:
        """How many records of each service name that request since then."""
        named = {"term": {self.settings.trace.field if self.settings.trace else "request_id": name}}
        found = self._by_service([self._since(round(1000 * since)), named], {})
        return {service: int(bucket["doc_count"]) for service, bucket in found.items()}

    def counts(self, span: Span) -> Mapping[str, ServiceLog]:
        """What each service logged, counted by the store itself."""
        edges = span.edges_ms
        ranges = [{"from": str(begin), "to": str(end)} for begin, end in pairwise(edges)]
        by_block = {"date_range": {"field": self.settings.fields.time, "format": "epoch_millis", "ranges": ranges}}
        level = self.settings.fields.level
        inner = {
            "errors": {"filter": self._are_errors(), "aggs": {"by_block": by_block}},
            "levels": {"terms": {"field": level, "size": MOST_LEVELS}},
            "unlevelled": {"missing": {"field": level}},
        }
        found = self._by_service([self._within(span)], inner)
        return {
            name: ServiceLog(
                bucket["doc_count"],
                tuple(block["doc_count"] for block in bucket["errors"]["by_block"]["buckets"]),
                _levels(bucket),
            )
            for name, bucket in found.items()
        }

    def errors(self, span: Span) -> Errors:
        """What was logged at the levels of errors, page by page up to the target's limit."""
        seen: dict[tuple[str, str], ErrorRecord] = {}
        after: list[int] | None = None
        while True:
            hits = self._page(span, after)
            new = {(hit["_index"], hit["_id"]): self._record(hit) for hit in hits}
            grown = bool(new.keys() - seen.keys())
            seen.update(new)
            if len(hits) < PAGE or not grown or len(seen) >= self.settings.max_records:
                return Errors(tuple(seen.values()), complete=len(hits) < PAGE)
            # A millisecond earlier: what shares the page's last one comes again, and is known by its id.
            after = [hits[-1]["sort"][0] - 1]

    def _page(self, span: Span, after: list[int] | None) -> list[Json]:
        fields = self.settings.fields
        body: Json = {
            "size": PAGE,
            "query": {"bool": {"filter": [self._within(span), self._are_errors(), self._of_services()]}},
            "sort": [{fields.time: {"order": "asc", "numeric_type": "date"}}],
            "_source": [fields.service, fields.message],
            **({"search_after": after} if after else {}),
        }
        hits: list[Json] = self._search(body)["hits"]["hits"]
        return hits

    def _record(self, hit: Json) -> ErrorRecord:
        source, fields = hit["_source"], self.settings.fields
        return ErrorRecord(_value(source, fields.service), _value(source, fields.message))

    def _by_service(self, filters: list[Json], inner: Json) -> dict[str, Json]:
        services = {"field": self.settings.fields.service, "size": len(self.settings.services)}
        body = {
            "size": 0,
            "track_total_hits": True,
            "query": {"bool": {"filter": [*filters, self._of_services()]}},
            "aggs": {"services": {"terms": services, "aggs": inner}},
        }
        found = self._search(body)
        buckets = found["aggregations"]["services"]["buckets"]
        counted, total = sum(bucket["doc_count"] for bucket in buckets), found["hits"]["total"]["value"]
        if counted != total:
            words = f"{total} records match and {counted} of them have one service"
            raise ProtocolBroken(SYSTEM, words, hint="is logs.fields.service one keyword a record?")
        return {str(bucket["key"]): bucket for bucket in buckets}

    def _of_services(self) -> Json:
        return {"terms": {self.settings.fields.service: sorted(self.settings.services)}}

    def _are_errors(self) -> Json:
        return {"terms": {self.settings.fields.level: list(self.settings.error_levels)}}

    def _since(self, begin_ms: int) -> Json:
        return {"range": {self.settings.fields.time: {"gte": begin_ms, "format": "epoch_millis"}}}

    def _within(self, span: Span) -> Json:
        begin, end = span.edges_ms[0], span.edges_ms[-1]
        return {"range": {self.settings.fields.time: {"gte": begin, "lt": end, "format": "epoch_millis"}}}

    def _search(self, body: Json) -> Json:
        timeout = f"{round(1000 * _MARGIN * self.limits.operation)}ms"
        url = f"{self.settings.url.rstrip('/')}/{self.settings.index}/_search"
        content = json.dumps({"timeout": timeout, **body}).encode()
        headers = {"Content-Type": "application/json", **self._credentials()}
        answer = self._http.ask(Request(url, "POST", headers=headers, params=_QUERY, content=content))
        found = answer.json()
        if answer.status != HTTPStatus.OK or not isinstance(found, dict) or "_shards" not in found:
            raise self._typed(answer)
        if found.get("timed_out"):
            raise TimedOut(SYSTEM, f"the store gave its search up after {timeout}", hint="raise limits.operation")
        shards = found["_shards"]
        if shards.get("failed"):
            words = f"{shards['failed']} of {shards['total']} shards failed: {_reason(shards.get('failures'))}"
            raise ProtocolBroken(SYSTEM, words, hint="a count without them would be too low; _cat/shards names them")
        return found

    def _credentials(self) -> dict[str, str]:
        return credentials(self.settings, "ApiKey" if self.settings.kind == "elasticsearch" else "Bearer")

    def _typed(self, answer: Answer) -> CannotEstablish:
        found = answer.json()
        error = found.get("error") if isinstance(found, dict) else None
        kind = error.get("type", "") if isinstance(error, dict) else ""
        said = f"the store answered HTTP {answer.status}" + (f", {kind}" if kind else "")
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            who = f"user {self.settings.user}" if self.settings.user else "the suite"
            return CredentialsRefused(SYSTEM, f"{said} to {who}", hint="may it read the indices of logs.index?")
        if kind == "index_not_found_exception":
            return TooLittleData(
                SYSTEM,
                f"{said}: no open index matches {self.settings.index}",
                hint="_cat/indices lists those there are",
            )
        reason = _reason(error) if isinstance(error, dict) else "no JSON of a search"
        return ProtocolBroken(SYSTEM, f"{said}: {reason}", hint="are logs.fields those of the index's mapping?")


def _levels(bucket: Json) -> dict[str, int]:
    found = {str(each["key"]): int(each["doc_count"]) for each in bucket["levels"]["buckets"]}
    without = int(bucket["unlevelled"]["doc_count"])
    return found | ({"": without} if without else {})


def _value(source: Json, name: str) -> str:
    """The field, whether its name's dots are levels or not; empty where there is none."""
    if name in source:
        return str(source[name])
    found: Any = source
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def _reason(error: Any) -> str:
    """The innermost reason that the store gives."""
    if isinstance(error, list):
        return _reason(error[0]) if error else "no reason given"
    if not isinstance(error, dict):
        return str(error)[:200]
    for name in ("failed_shards", "root_cause", "caused_by"):
        if error.get(name):
            return _reason(error[name])
    inner = error.get("reason", "no reason given")
    return _reason(inner) if isinstance(inner, dict) else str(inner)[:200]
