"""Bad worlds of the entitlements, as PostgreSQL has them; and one in which their check is broken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.platform.entitlements import KEPT_SECONDS
from golive_lab.worlds.platform import misbehaving
from golive_lab.worlds.postgres import owner_of
from golive_lab.worlds.registry import world

_COUNT = "SELECT count(*), coalesce(max(asked_at)::text, '') FROM pg.job"


@world
@contextmanager
def caiso_has_the_api(lab: LabHandle) -> Iterator[None]:
    """The CAISO customer was granted the API of its own market."""
    with _granted(lab, "caiso-customer-1", "CAISO", granted=True):
        yield


@world
@contextmanager
def caiso_has_the_miso_api(lab: LabHandle) -> Iterator[None]:
    """The CAISO customer was granted the API of the other market."""
    with _granted(lab, "caiso-customer-1", "MISO", granted=True):
        yield


@world
@contextmanager
def caiso_has_no_hub(lab: LabHandle) -> Iterator[None]:
    """The CAISO customer lost the Web Hub too: its token works nowhere."""
    with _granted(lab, "caiso-customer-1", "CAISO", "hub", granted=False):
        yield


@world
@contextmanager
def miso_has_no_api(lab: LabHandle) -> Iterator[None]:
    """The MISO customer lost the API."""
    with _granted(lab, "miso-customer-1", "MISO", granted=False):
        yield


@world
@contextmanager
def miso_has_no_synthetic_stream(lab: LabHandle) -> Iterator[None]:
    """The suite's customer may not follow the synthetic instrument; all other streams are as they were."""
    with _granted(lab, "miso-customer-1", "SYNTHETIC", "stream", granted=False):
        yield


@world
@contextmanager
def miso_has_the_caiso_api(lab: LabHandle) -> Iterator[None]:
    """The MISO customer was granted the API of the market that nobody may have by it."""
    with _granted(lab, "miso-customer-1", "CAISO", granted=True):
        yield


@world
@contextmanager
def unsafe_methods_are_open(lab: LabHandle) -> Iterator[None]:
    """POST and DELETE ask for no entitlement; what was tried meanwhile must have changed nothing.

    Raises AssertionError where a job was made or lost, whatever the item said.
    """
    with (
        misbehaving(lab, "gateway", "forgets_unsafe_methods"),
        owner_of(lab, lab.status()["names"]["postgres_database"]) as owner,
    ):
        before = owner.execute(_COUNT).fetchone()
        yield
        after = owner.execute(_COUNT).fetchone()
        if after != before:
            raise AssertionError(f"jobs (count, newest) were {before}, and are {after}: the item changed something")


@contextmanager
def _granted(lab: LabHandle, customer: str, market: str, channel: str = "api", *, granted: bool) -> Iterator[None]:
    with owner_of(lab, lab.status()["names"]["postgres_database"]) as owner:

        def grant(value: bool) -> None:  # noqa: FBT001 - two callers, below
            owner.execute(
                "INSERT INTO pg.entitlement VALUES (%(customer)s, %(market)s, %(channel)s, %(granted)s)"
                " ON CONFLICT (customer, market, channel) DO UPDATE SET granted = excluded.granted",
                {"customer": customer, "market": market, "channel": channel, "granted": value},
            )
            time.sleep(KEPT_SECONDS)  # so long the gateway may still go by what it asked before

        grant(granted)
        try:
            yield
        finally:
            grant(not granted)
