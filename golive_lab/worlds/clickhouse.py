"""Bad worlds of ClickHouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from golive_lab.control import LabHandle
from golive_lab.worlds.registry import world


@world
@contextmanager
def clickhouse_plaintext(lab: LabHandle) -> Iterator[None]:
    """A port answers without TLS."""
    lab.restart("clickhouse", ["plaintext"])
    try:
        yield
    finally:
        lab.restart("clickhouse")


@world
@contextmanager
def clickhouse_other_ca(lab: LabHandle) -> Iterator[None]:
    """The server's certificate comes from an authority that nobody trusts."""
    lab.restart("clickhouse", ["other_ca"])
    try:
        yield
    finally:
        lab.restart("clickhouse")
