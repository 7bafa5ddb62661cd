"""A request in the logs: found in time, found in part, and a store that cannot be asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from golive.clients import log_store
from golive.clients.http import Request
from golive.errors import NotDescribed, Unreachable, WrongVersion
from golive.facts import log_trace
from golive.facts.log_trace import LogTrace, Trace
from golive.residue import RunId
from golive.target.logs import Logs
from golive.target.model import Target
from selftests.unit.answering import answer, answers, target


class Identity:
    def log_in(self, _: str) -> Any:
        return type("Login", (), {"token": SecretStr("hunter2-hunter2")})


class Store:
    """Finds the request in these services, each from that look on."""

    def __init__(self, looks: Mapping[str, int]) -> None:
        self._looks, self._looked = looks, 0

    def mentions(self, _: str, __: float) -> dict[str, int]:
        self._looked += 1
        return {name: 1 for name, look in self._looks.items() if self._looked >= look}


def quick() -> Target:
    plain = target()
    assert plain.logs is not None
    assert plain.logs.trace is not None
    trace = plain.logs.trace.model_copy(update={"seconds": 0.5})
    return plain.model_copy(update={"logs": plain.logs.model_copy(update={"trace": trace})})


def followed(monkeypatch: pytest.MonkeyPatch, store: Any, release: str = "2026.11.0") -> tuple[Trace, list[Request]]:
    monkeypatch.setattr(log_trace, "log_store", lambda *_: store)
    monkeypatch.setattr(log_trace, "_INTERVAL", 0.01)
    asked = answers(monkeypatch, lambda _: answer(200, {}, {"x-release": "2026.11.0"}))
    return LogTrace(quick(), Identity(), RunId.make()).follow(release), asked  # type: ignore[arg-type] # enough of one


def test_found_in_every_service(monkeypatch: pytest.MonkeyPatch) -> None:
    trace, (request,) = followed(monkeypatch, Store({"gateway": 2, "prices": 4}))
    assert trace.found == {"gateway": 1, "prices": 1}
    assert request.headers["X-Request-ID"] == trace.request
    assert trace.request.startswith("golive-")


def test_found_in_some_is_told_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    trace, _ = followed(monkeypatch, Store({"gateway": 1, "prices": 10_000}))
    assert set(trace.found) == {"gateway"}
    assert trace.seconds >= 0.5


def test_a_store_that_cannot_be_asked_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def mentions(self, *_: Any) -> dict[str, int]:
            raise Unreachable("logs", "refused")

    with pytest.raises(Unreachable):
        followed(monkeypatch, Down())


def test_another_release_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongVersion):
        followed(monkeypatch, Store({}), "2026.12.0")


def test_a_target_without_a_trace_says_so() -> None:
    plain = target()
    assert plain.logs is not None
    none = plain.model_copy(update={"logs": plain.logs.model_copy(update={"trace": None})})
    with pytest.raises(NotDescribed, match=r"\[logs\.trace\]"):
        LogTrace(none, Identity(), RunId.make()).follow("1")  # type: ignore[arg-type] # enough of one


def test_a_trace_crosses_known_services_only() -> None:
    trace = {"route": "/x", "crosses": ["gateway", "elsewhere"]}
    said = {"kind": "opensearch", "url": "http://x", "index": "x", "services": ["gateway"], "trace": trace}
    with pytest.raises(ValidationError, match="names elsewhere"):
        Logs.model_validate(said)


def test_opensearch_and_splunk_are_asked_for_the_whole_id(monkeypatch: pytest.MonkeyPatch) -> None:
    shards = {"total": 1, "failed": 0}
    buckets = {"services": {"buckets": [{"key": "prices", "doc_count": 2}]}}
    found = {"_shards": shards, "hits": {"total": {"value": 2}}, "aggregations": buckets}
    asked = answers(monkeypatch, lambda _: answer(200, found))
    store = log_store.log_store(target(), "x")
    assert store.mentions("golive-1", 1000.0) == {"prices": 2}
    (request,) = asked
    assert {"term": {"request_id": "golive-1"}} in json.loads(request.content or b"")["query"]["bool"]["filter"]
    plain = target()
    assert plain.logs is not None
    splunk = plain.model_copy(update={"logs": plain.logs.model_copy(update={"kind": "splunk"})})
    line = json.dumps({"lastrow": True, "result": {"service": "prices", "count": "2"}}).encode()
    asked = answers(monkeypatch, lambda _: answer(200, line))
    assert log_store.log_store(splunk, "x").mentions('a"b', 1000.0) == {"prices": 2}
    assert '| where \'request_id\'="a\\"b" | stats count BY service' in (asked[0].form or {})["search"]
