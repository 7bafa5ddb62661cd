"""What the benchmarks read out of an audit log, and where they write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.audit import Call, by_item, call_of, repeated
from benchmarks.cluster import shown
from benchmarks.pages import put_between

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def call(second: float, uri: str, verb: str = "list") -> Call:
    return Call(verb, uri, BEGAN + timedelta(seconds=second))


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


def test_a_path_is_shown_with_its_selector_alone() -> None:
    assert shown("/api/v1/namespaces/desk/secrets?limit=500&labelSelector=owner%3Dhelm%2Cname%3Da") == (
        "`/api/v1/namespaces/desk/secrets` owner=helm,name=a"
    )
    assert shown("/version") == "`/version`"


def test_a_table_stands_between_the_pages_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- b -->\nold\n<!-- e -->\nz\n", encoding="utf-8")
    put_between(page, "<!-- b -->", "<!-- e -->", "new")
    assert page.read_text(encoding="utf-8") == "a\n<!-- b -->\nnew\n<!-- e -->\nz\n"
    with pytest.raises(ValueError, match="lacks the markers"):
        put_between(page, "<!-- none -->", "<!-- e -->", "new")
