"""What the API server's audit log tells of the suite's calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from golive_lab.kubernetes.audit import AuditLog, Call, by_item, call_of, repeated

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def call(second: float, uri: str, verb: str = "list") -> Call:
    return Call(verb, uri, BEGAN + timedelta(seconds=second))


def line(second: float, user: str, uri: str) -> str:
    came = (BEGAN + timedelta(seconds=second)).isoformat()
    entry = {"verb": "list", "requestURI": uri, "requestReceivedTimestamp": came, "user": {"username": user}}
    return json.dumps(entry)


def finding(second: float, item: str) -> dict[str, Any]:
    return {"item": item, "started": (BEGAN + timedelta(seconds=second)).isoformat()}


def test_a_line_of_the_log_tells_of_a_call() -> None:
    entry = {"verb": "list", "requestURI": "/a?limit=1", "requestReceivedTimestamp": "2026-11-01T00:00:02.500000Z"}
    assert call_of(entry) == call(2.5, "/a?limit=1")


def test_reads_of_one_path_are_counted_and_nothing_else() -> None:
    calls = [call(0, "/a"), call(1, "/a", "get"), call(2, "/b"), call(3, "/c", "create"), call(4, "/c", "create")]
    assert repeated(calls) == {"/a": 2}


def test_a_call_is_of_the_item_that_began_last() -> None:
    calls = [call(0, "/a"), call(1, "/b"), call(2.9, "/c"), call(3, "/d")]
    found = by_item(calls, [finding(3, "y.two"), finding(1, "x.one")])
    assert {item: [each.uri for each in its] for item, its in found.items()} == {
        "before the first item": ["/a"], "x.one": ["/b", "/c"], "y.two": ["/d"],
    }  # fmt: skip


def test_a_path_is_told_with_its_selector_alone() -> None:
    listed = call(0, "/api/v1/namespaces/desk/secrets?limit=500&labelSelector=owner%3Dhelm%2Cname%3Da")
    assert (listed.words, call(0, "/version").words) == (
        "/api/v1/namespaces/desk/secrets owner=helm,name=a",
        "/version",
    )


def test_the_suites_calls_are_those_since_a_line_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    lines = [line(3, "golive", "/before"), line(2, "golive", "/b"), line(0, "lab-admin", "/c"), line(1, "golive", "/a")]
    (tmp_path / "audit.jsonl").write_text("\n".join(lines), encoding="utf-8")
    log = AuditLog(tmp_path / "golive.kubeconfig")
    assert (len(log), log.since(1)) == (4, (call(1, "/a"), call(2, "/b")))
    assert (len(AuditLog(None)), AuditLog(None).since(0)) == (0, ())
