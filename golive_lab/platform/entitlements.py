"""Which customer may use which market by which channel, as PostgreSQL says; an answer is kept for a second at most."""

from __future__ import annotations

import time
from http import HTTPStatus

from golive_lab.platform.postgres import Pool
from golive_lab.platform.web import Problem

KEPT_SECONDS = 1.0
GRANTED = "SELECT market FROM pg.entitlement WHERE customer = %(customer)s AND channel = %(channel)s AND granted"


class Entitlements:
    """Asks the database which markets a customer has been granted."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}

    async def markets(self, customer: str | None, channel: str) -> frozenset[str]:
        """The markets granted, in upper case. Raises Problem (503) when PostgreSQL does not answer."""
        if customer is None:
            return frozenset()
        asked, granted = self._kept.get((customer, channel), (float("-inf"), frozenset[str]()))
        if time.monotonic() - asked < KEPT_SECONDS:
            return granted
        rows = await self._pool.rows(GRANTED, {"customer": customer, "channel": channel})
        granted = frozenset(row["market"] for row in rows)
        self._kept[customer, channel] = (time.monotonic(), granted)
        return granted


def missing(what: str) -> Problem:
    """The answer to a caller whose customer has not been granted ``what``."""
    return Problem(HTTPStatus.FORBIDDEN, "entitlement_required", f"this needs the entitlement for {what}")
