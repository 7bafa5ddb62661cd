"""Scenarios: what a shock does to a hub's forward curve, and to a position on it.

Each month's price becomes ``price * (1 + percent / 100) + shift``; the change in value is the sum over all months of
the change in price times ``volume`` (MWh a month). Prices have four decimals, the change in value two.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from golive_lab.platform import queries
from golive_lab.platform.faults import Faults
from golive_lab.platform.feeder import NODES
from golive_lab.platform.warehouse import Warehouse, plain
from golive_lab.platform.web import Problem


def check(asked: Mapping[str, Any], lenient: bool) -> None:  # noqa: FBT001 - one caller
    """Raise Problem (422) where the hub is none of the market's."""
    if asked["hub"] not in NODES[asked["market"]] and not lenient:
        known = ", ".join(NODES[asked["market"]])
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"hub: {asked['hub']!r} is none of {known}")


def run(asked: Mapping[str, Any], warehouse: Warehouse, faults: Faults) -> dict[str, Any]:
    """The shocked curve and what it is worth. Raises WarehouseUnavailable."""
    percent = asked["percent"] + (0.1 if "scenario_wrong" in faults else 0)
    rows = plain(warehouse.rows(queries.CURVE, {"market": asked["market"], "hub": asked["hub"], "back": 0}))
    shocked = [row["price"] * (1 + percent / 100) + asked["shift"] for row in rows]
    change = sum(new - row["price"] for new, row in zip(shocked, rows, strict=True)) * asked["volume"]
    points = [{"month": row["month"], "price": round(new, 4)} for new, row in zip(shocked, rows, strict=True)]
    if "scenario_repeats_month" in faults:
        points.append(points[0])
    result = {"hub": asked["hub"], "as_of": rows[0]["as_of"], "points": points, "value_change": round(change, 2)}
    return {"result": result}
