"""Log stores: what their answers become. OpenSearch's are as recorded; Splunk is a stand-in of its API's shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from golive.clients.http import Answer, Request
from golive.clients.log_store import ErrorRecord, LogStore, ServiceLog, Span, log_store
from golive.errors import (
    CannotEstablish,
    CredentialsRefused,
    NotDescribed,
    ProtocolBroken,
    TimedOut,
    TooLittleData,
)
from golive.target.model import Target
from selftests.unit.answering import answer, answers, target

SPAN = Span(1000.0, 1020.0, 2)
SHARDS = {"total": 3, "successful": 3, "skipped": 0, "failed": 0}


def store(kind: str = "opensearch", **changes: Any) -> LogStore:
    plain = target()
    return log_store(described(plain, {"kind": kind, **changes}), "performance.log_errors")


def described(plain: Target, changes: Mapping[str, Any]) -> Target:
    assert plain.logs is not None
    return plain.model_copy(update={"logs": plain.logs.model_copy(update=dict(changes))})


def found(buckets: list[dict[str, Any]], total: int, **more: Any) -> Answer:
    aggregations = {"services": {"buckets": buckets}}
    hits = {"total": {"value": total, "relation": "eq"}, "hits": []}
    return answer(200, {"timed_out": False, "_shards": SHARDS, "hits": hits, "aggregations": aggregations, **more})


def bucket(name: str, records: int, errors: list[int]) -> dict[str, Any]:
    by_block = {"buckets": [{"doc_count": count} for count in errors]}
    return {
        "key": name, "doc_count": records, "errors": {"doc_count": sum(errors), "by_block": by_block},
        "levels": {"buckets": [{"key": "INFO", "doc_count": records - sum(errors) - 1}]},
        "unlevelled": {"doc_count": 1},
    }  # fmt: skip


def test_records_and_errors_are_counted_by_service_and_block(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, lambda _: found([bucket("prices", 9, [1, 2]), bucket("jobs", 4, [0, 0])], 13))
    assert store().counts(SPAN) == {
        "prices": ServiceLog(9, (1, 2), {"INFO": 5, "": 1}),
        "jobs": ServiceLog(4, (0, 0), {"INFO": 3, "": 1}),
    }
    (request,) = asked
    assert request.params["allow_partial_search_results"] == request.params["allow_no_indices"] == "false"
    ranges = json.loads(request.content or b"")["aggs"]["services"]["aggs"]["errors"]["aggs"]["by_block"]["date_range"]
    assert ranges["ranges"] == [{"from": "1000000", "to": "1010000"}, {"from": "1010000", "to": "1020000"}]


FAILED = {"total": 3, "failed": 1, "failures": [{"reason": {"type": "x", "reason": "Text fields are not counted"}}]}
MISSING = {"error": {"type": "index_not_found_exception", "reason": "no such index"}, "status": 404}
BROKEN = {"error": {"type": "search_phase_execution_exception", "root_cause": [{"reason": "shard is lost"}]}}


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (found([], 0, timed_out=True), TimedOut, "gave its search up"),
        (found([], 0, _shards=FAILED), ProtocolBroken, "1 of 3 shards failed: Text fields are not counted"),
        (found([bucket("prices", 9, [1])], 10), ProtocolBroken, "10 records match and 9 of them have one service"),
        (answer(404, MISSING), TooLittleData, "no open index matches platform-logs-"),
        (answer(401, {"error": {"type": "security_exception"}}), CredentialsRefused, "HTTP 401, security_exception"),
        (answer(503, BROKEN), ProtocolBroken, "HTTP 503, search_phase_execution_exception: shard is lost"),
        (answer(200, b"<html>"), ProtocolBroken, "HTTP 200: no JSON of a search"),
    ],
)
def test_a_count_of_a_part_is_no_count(
    monkeypatch: pytest.MonkeyPatch, given: Answer, error: type[CannotEstablish], words: str
) -> None:
    answers(monkeypatch, lambda _: given)
    with pytest.raises(error, match=words):
        store().counts(SPAN)


def pages(records: list[tuple[int, str]]) -> Any:
    """An OpenSearch that holds these records, by time in milliseconds and message."""

    def page(request: Request) -> Answer:
        body = json.loads(request.content or b"")
        after = body.get("search_after", [-1])[0]
        hits = [
            {"_index": "i", "_id": str(n), "_source": {"service": "prices", "message": message}, "sort": [at]}
            for n, (at, message) in enumerate(records)
            if at > after
        ]
        content = {"total": {"value": len(records)}, "hits": hits[: body["size"]]}
        return answer(200, {"timed_out": False, "_shards": SHARDS, "hits": content})

    return page


@pytest.mark.parametrize(
    ("count", "every", "read", "complete"),
    [(0, 1, 0, True), (999, 1, 999, True), (2500, 1, 2500, True), (2500, 7, 2500, True), (2500, 2500, 1000, False)],
    ids=["none", "one page", "pages", "several a millisecond", "a page within one millisecond"],
)
def test_errors_are_read_page_by_page(
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    every: int,
    read: int,
    complete: bool,
) -> None:
    answers(monkeypatch, pages([(1_000_000 + n // every, f"message {n}") for n in range(count)]))
    errors = store().errors(SPAN)
    assert (len(errors.records), errors.complete) == (read, complete)
    assert len(set(errors.records)) == read


def test_no_more_errors_are_read_than_the_target_says(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, pages([(1_000_000 + n, f"message {n}") for n in range(2500)]))
    errors = store(max_records=1500).errors(SPAN)
    assert (len(errors.records), errors.complete) == (1999, False)


@pytest.mark.parametrize(
    ("kind", "user", "begins"),
    [("opensearch", "golive", "Basic "), ("elasticsearch", None, "ApiKey "), ("splunk", None, "Bearer ")],
)
def test_credentials_are_shown_as_the_store_asks_for_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, user: str | None, begins: str
) -> None:
    (tmp_path / "secret").write_text("hunter2-hunter2", encoding="utf-8")
    reference = target().postgres.password.model_copy(update={"file": tmp_path / "secret"})
    asked = answers(monkeypatch, lambda _: answer(401))
    with pytest.raises(CredentialsRefused) as caught:
        store(kind, user=user, secret=reference).newest(1000.0)
    assert asked[0].headers["Authorization"].startswith(begins)
    assert "hunter2" not in f"{caught.value}{asked[0]!r}"


def exported(*lines: Mapping[str, Any]) -> Answer:
    """As the stand-in for Splunk's ``search/v2/jobs/export`` streams them: one object a line."""
    return answer(200, "\n".join(json.dumps(line) for line in lines).encode())


def row(offset: int, *, last: bool = False, **result: str) -> dict[str, Any]:
    return {"preview": False, "offset": offset, **({"lastrow": True} if last else {}), "result": result}


def test_splunk_counts_by_service_and_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        row(0, service="prices", block="0", level="ERROR", records="1", errors="1"),
        row(1, service="prices", block="0", level="INFO", records="4", errors="0"),
        row(2, service="prices", block="1", level="ERROR", records="4", errors="2"),
        row(3, last=True, service="jobs", block="1", level="(none)", records="4", errors="0"),
    )
    asked = answers(monkeypatch, lambda _: exported(*rows))
    found = store("splunk", index='plat"form').counts(SPAN)
    assert found == {
        "prices": ServiceLog(9, (1, 2), {"ERROR": 5, "INFO": 4}),
        "jobs": ServiceLog(4, (0, 0), {"": 4}),
    }
    form = asked[0].form or {}
    assert form["search"].startswith(r'search index="plat\"form" "service" IN ("feeder", "gateway", ')
    assert (form["earliest_time"], form["latest_time"], form["preview"]) == ("1000.000", "1020.000", "false")


def test_splunk_gives_what_errors_say(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, lambda _: exported(row(0, last=True, service="prices", message="broken")))
    errors = store("splunk").errors(SPAN)
    assert (errors.records, errors.complete) == ((ErrorRecord("prices", "broken"),), True)


PEER = {"type": "WARN", "text": "Search results may be incomplete: peer idx2 did not answer"}


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (exported(row(0, service="prices", latest="1")), ProtocolBroken, "ended before its last row"),
        (exported({"messages": [PEER]}, {"lastrow": True}), ProtocolBroken, "peer idx2 did not answer"),
        (answer(200, b"<response>"), ProtocolBroken, "a line that is no JSON"),
        (answer(400, {"messages": [{"type": "FATAL", "text": "Unknown search command"}]}), ProtocolBroken, "Unknown"),
        (answer(403), CredentialsRefused, "HTTP 403"),
    ],
)
def test_splunk_gives_the_whole_or_nothing(
    monkeypatch: pytest.MonkeyPatch, given: Answer, error: type[CannotEstablish], words: str
) -> None:
    answers(monkeypatch, lambda _: given)
    with pytest.raises(error, match=words):
        store("splunk").newest(1000.0)


def test_a_target_without_logs_is_told_so() -> None:
    with pytest.raises(NotDescribed, match=r"no table \[logs\], which performance.log_errors looks at"):
        log_store(target().model_copy(update={"logs": None}), "performance.log_errors")
