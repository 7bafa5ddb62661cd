"""A scenario's answer beside the one worked out here."""

from __future__ import annotations

from typing import Any

import pytest

from golive.errors import ProtocolBroken
from golive.facts.jobs import Job
from golive.facts.scenario import ScenarioRun, Scenarios
from golive.residue import RunId
from selftests.unit.answering import target

STORED: list[dict[str, Any]] = [{"month": "2026-12", "price": 40}, {"month": "2027-01", "price": "50"}]
POINTS: list[Any] = [{"month": "2026-12", "price": 43.25}, {"month": "2027-01", "price": 54.5}]
CHANGE = 7440 * (3.25 + 4.5)
"""40 and 50 USD/MWh, each 12.5 % more and 1.75 USD/MWh less, for 7440 MWh a month."""


def beside(points: list[Any], change: Any = CHANGE, stored: list[dict[str, Any]] = STORED) -> ScenarioRun:
    content = {"result": {"points": points, "value_change": change}}
    return Scenarios(target(), RunId.make())._beside(Job("j", 202, "done", 0.1, "", content), stored)


@pytest.mark.parametrize("points", [POINTS, [{**point, "price": str(point["price"])} for point in POINTS]])
def test_the_known_answer_in_numbers_or_texts(points: list[Any]) -> None:
    found = beside(points, str(CHANGE))
    assert (found.months, found.expected_months, found.unlike, found.value_change) == (2, 2, {}, "as expected")


def test_a_month_that_comes_twice_is_said_and_counted() -> None:
    found = beside([*POINTS, POINTS[0]])
    assert (found.months, found.unlike) == (3, {"2026-12": "served 2 times"})


def test_what_is_no_point_is_counted() -> None:
    assert beside([*POINTS, None]).months == 3


@pytest.mark.parametrize("price", [None, "NaN", "ten", True, 43.35])
def test_a_price_that_is_another_or_none(price: object) -> None:
    assert list(beside([{**POINTS[0], "price": price}, POINTS[1]]).unlike) == ["2026-12"]


@pytest.mark.parametrize("price", [None, "NaN"])
def test_a_stored_price_that_is_none_is_said(price: object) -> None:
    with pytest.raises(ProtocolBroken, match=r"the stored curve has price .* for 2026-12; expected a number"):
        beside(POINTS, stored=[{"month": "2026-12", "price": price}])
