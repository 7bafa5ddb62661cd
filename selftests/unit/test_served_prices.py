"""What the prices that a platform serves come to: fresh ones, and pages to their end."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pydantic import SecretStr

from golive.clients.http import Answer, Request
from golive.errors import Unreachable
from golive.facts.api import Api
from golive.facts.pages import ENDED, Walk, pages_of
from golive.facts.served_prices import ServedPrices
from selftests.unit.answering import answer, answers, target

TOKEN = SecretStr("a-token-of-nobody")
DAYS = [datetime.date(2026, 11, 24)]
ROWS = [{"node": "INDIANA.HUB", "price": n} for n in range(4)]
GATEWAY = target().gateway.url.rstrip("/")
assert target().api is not None
ROUTE = target().api.history.route  # type: ignore[union-attr]  # asserted above


def walk(monkeypatch: pytest.MonkeyPatch, following: Any) -> tuple[Walk, list[Request]]:
    """Pages of two rows, of which the first says that the second follows, by that."""

    def platform(request: Request) -> Answer:
        later = "two" in request.params.values()
        return answer(200, {"prices": ROWS[2:] if later else ROWS[:2], "next": None if later else following})

    asked, api = answers(monkeypatch, platform), Api(target())
    return pages_of(api, api.settings("a test").history, TOKEN, DAYS), asked


@pytest.mark.parametrize("end", [None, "", False])
def test_nothing_follows_the_last_page(monkeypatch: pytest.MonkeyPatch, end: object) -> None:
    found, asked = walk(monkeypatch, end)
    assert (found.ended, len(asked), found.rows) == (ENDED, 1, ROWS[:2])


@pytest.mark.parametrize(
    "following", ["two", "?cursor=two", f"{ROUTE}?cursor=two&limit=50", f"{GATEWAY}{ROUTE}?cursor=two"]
)
def test_the_next_page_by_a_cursor_or_by_its_address(monkeypatch: pytest.MonkeyPatch, following: str) -> None:
    found, asked = walk(monkeypatch, following)
    assert (found.ended, found.rows) == (ENDED, ROWS)
    assert (asked[1].url, asked[1].params["cursor"]) == (asked[0].url, "two")


@pytest.mark.parametrize(
    "following",
    [f"https://elsewhere.example{ROUTE}?cursor=two", f"http://{GATEWAY[8:]}{ROUTE}?cursor=two", "/other?cursor=two"],
)
def test_an_address_elsewhere_is_not_followed(monkeypatch: pytest.MonkeyPatch, following: str) -> None:
    found, asked = walk(monkeypatch, following)
    assert "page 1 is followed by" in found.ended
    assert "expected the same route" in found.ended
    assert (len(asked), "cursor" in found.ended) == (1, False)


def test_a_cursor_may_begin_with_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = walk(monkeypatch, "/wBhYg==")
    assert asked[1].params["cursor"] == "/wBhYg=="
    assert "earlier page" in found.ended


@pytest.mark.parametrize("following", [True, {"href": "x"}, ["x"], 1.5])
def test_what_asks_for_no_page_is_said(monkeypatch: pytest.MonkeyPatch, following: object) -> None:
    found, asked = walk(monkeypatch, following)
    assert "asks for nothing" in found.ended
    assert len(asked) == 1


def test_a_page_longer_than_asked_for_is_named() -> None:
    assert Walk([tuple(ROWS), tuple(ROWS[:2])]).too_long(2) == ("page 1 has 4 rows; asked for 2",)


def test_one_page_where_several_are_expected_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, lambda _: answer(200, {"prices": ROWS * 30, "next": None}))
    monkeypatch.setattr("golive.clients.clickhouse.ClickHouseClient.query", lambda *_: ([], None))
    found = ServedPrices(target()).history(TOKEN)
    assert (found.pages, found.expected_pages) == (1, 5)
    assert found.too_long == ("page 1 has 120 rows; asked for 50",)


def test_of_a_refusal_the_store_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise Unreachable("clickhouse", "connection refused")

    answers(monkeypatch, lambda _: answer(403, {"code": "entitlement_required"}))
    monkeypatch.setattr("golive.clients.clickhouse.ClickHouseClient.query", down)
    prices = ServedPrices(target())
    assert (prices.latest(TOKEN).status, prices.latest(TOKEN).unlike_store) == (403, {})
    assert prices.history(TOKEN).ended == "page 1 answered 403"


@pytest.mark.parametrize(
    ("age", "said"), [(0, ""), (-4, ""), (-18_000, "made 18000 s in the future"), (60, "made 60 s ago; at most 10 s")]
)
def test_a_price_is_made_neither_long_ago_nor_later(monkeypatch: pytest.MonkeyPatch, age: int, said: str) -> None:
    now = datetime.datetime.now(datetime.UTC)
    start = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    row = {"node": "A", "event_time": (now - datetime.timedelta(seconds=age)).isoformat(timespec="seconds")}
    answers(monkeypatch, lambda _: answer(200, {"prices": [{**row, "interval_start": start.isoformat()}]}))
    monkeypatch.setattr(ServedPrices, "_unlike_store", lambda *_: {})
    late = ServedPrices(target()).latest(TOKEN).late.get("A", "")
    assert (said.partition(" s ")[2] in late) if said else late == ""


@pytest.mark.parametrize(("hour", "told"), [(1, False), (2, True)])
def test_every_column_that_the_targets_query_has_is_compared(
    monkeypatch: pytest.MonkeyPatch, hour: int, *, told: bool
) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    row = {
        "node": "INDIANA.HUB", "sequence": 1, "price": 30.5, "hour_ending": hour,
        "interval_start": now.isoformat(), "event_time": now.isoformat(),
    }  # fmt: skip
    stored = {**row, "hour_ending": 1, "interval_start": now, "event_time": now}
    answers(monkeypatch, lambda _: answer(200, {"prices": [row]}))
    monkeypatch.setattr("golive.clients.clickhouse.ClickHouseClient.query", lambda *_: ([stored], None))
    unlike = ServedPrices(target()).latest(TOKEN).unlike_store
    assert ("hour_ending" in str(unlike)) == told
