"""The warehouse's queries, and what a caller may ask them for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from http import HTTPStatus

from golive_lab.platform.publication import ZONES
from golive_lab.platform.web import Problem

LATEST = """
SELECT node, interval_start, price, event_time, sequence
FROM price
WHERE market = {market:String} AND event_time <= now64(3) - toIntervalSecond({age:UInt32})
ORDER BY node, sequence DESC LIMIT 1 BY node
"""
HISTORY = """
SELECT node, operating_day, hour_ending, interval_start, price
FROM day_ahead
WHERE market = {market:String}
    AND operating_day >= {first:Date} AND operating_day <= {last:Date}
    AND ({node:String} = '' OR node = {node:String})
    AND (interval_start, node) > ({after_start:DateTime('UTC')}, {after_node:String})
ORDER BY interval_start, node LIMIT {limit:UInt32} OFFSET {offset:UInt32}
"""
HUBS = """
SELECT hub, as_of, uniqExact(contract_month) AS months
FROM curve
WHERE market = {market:String}
    AND (market, hub, as_of) IN (SELECT market, hub, max(as_of) FROM curve GROUP BY market, hub)
GROUP BY hub, as_of ORDER BY hub
"""
CURVE = """
SELECT as_of, formatDateTime(contract_month, '%Y-%m') AS month, price
FROM curve
WHERE market = {market:String} AND hub = {hub:String} AND as_of = (
    SELECT DISTINCT as_of FROM curve WHERE market = {market:String} AND hub = {hub:String}
    ORDER BY as_of DESC LIMIT 1 OFFSET {back:UInt32})
ORDER BY contract_month
"""


def span(asked: Mapping[str, str], market: str) -> dict[str, object]:
    """Parameters of HISTORY: days of the market, today where none is asked for. Raises Problem (400)."""
    zone = ZONES.get(market, datetime.UTC)
    today = datetime.datetime.now(zone).date()
    return {
        "first": _day(asked.get("from"), today),
        "last": _day(asked.get("to"), today),
        "node": asked.get("node", ""),
    }


def _day(text: str | None, otherwise: datetime.date) -> datetime.date:
    if text is None:
        return otherwise
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_query", "from and to are days, as 2026-11-24") from error
