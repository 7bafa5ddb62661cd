"""Forward curves as they are served: months and prices that are as they must be, and those that are not."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from golive.clients.http import Answer, HttpClient, Request
from golive.facts.curves import Curve, Curves
from golive.market.months import first_after, run
from selftests.unit.answering import answer, target

AS_OF = datetime.date(2026, 11, 23)
MONTHS = [str(month) for month in run(first_after(AS_OF), 24)]
GOOD = [{"month": month, "price": 31.25} for month in MONTHS]


def served(monkeypatch: pytest.MonkeyPatch, points: list[dict[str, Any]]) -> Curve:
    """The first hub's curve, where every hub is served these points and the store has GOOD."""
    body = {"as_of": AS_OF.isoformat(), "points": points}

    def ask_many(_: HttpClient, requests: Mapping[str, Request], *, connections: int) -> dict[str, Answer]:
        assert connections > 0
        return {name: answer(200, body) for name in requests}

    monkeypatch.setattr(HttpClient, "ask_many", ask_many)
    stored = [{**point, "as_of": AS_OF.isoformat()} for point in GOOD]
    monkeypatch.setattr(Curves, "stored", lambda *_: stored)
    return Curves(target()).all(SecretStr("a-token"))[0]


@pytest.mark.parametrize("price", [31.25, "31.25"])
def test_a_good_curve(monkeypatch: pytest.MonkeyPatch, price: Any) -> None:
    curve = served(monkeypatch, [{**point, "price": price} for point in GOOD])
    assert (curve.wrong_months, curve.wrong_prices, curve.unlike_store) == ((), (), {})
    assert curve.prices == (31.25,) * 24


@pytest.mark.parametrize("price", [None, "", "n/a", True, {}])
def test_a_price_that_is_none(monkeypatch: pytest.MonkeyPatch, price: Any) -> None:
    curve = served(monkeypatch, [{**GOOD[0], "price": price}, *GOOD[1:]])
    assert curve.wrong_prices == (MONTHS[0],)
    assert MONTHS[0] in curve.unlike_store


def test_months_out_of_order_missing_and_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [GOOD[1], GOOD[0], *GOOD[3:], {"month": "2030-01", "price": 1.0}]
    assert served(monkeypatch, points).wrong_months == (
        f"{MONTHS[0]} follows {MONTHS[1]}",
        f"{MONTHS[2]} is missing",
        "2030-01 is none of the 24 months",
    )


def test_no_points_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = served(monkeypatch, [])
    assert len(curve.wrong_months) == len(curve.unlike_store) == 24
