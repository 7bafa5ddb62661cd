"""Every client against every misbehaving peer: a typed error, the right one, and soon."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from golive.clients.http import Request
from golive.clients.streams import Kind, Patience, StreamClient
from golive.errors import CannotEstablish, Reason
from golive.facts.clickhouse import ClickHouse
from golive.facts.gateway import Ask, Gateway
from golive.facts.identity import Identity
from golive.facts.kafka import Kafka
from golive.facts.object_storage import ObjectStorage
from golive.facts.postgres import Postgres
from golive.facts.services import Services
from golive.residue import RunId
from golive.target import Target
from golive_lab.certificates import Authority
from selftests.clients.peers import PEERS, TLS_PEERS, peer, timed
from selftests.clients.targets import HEALTH, OPERATION, target_at

GRACE = 0.5
"""Seconds that an error may come after the longest deadline that applies."""


def stream(target: Target, kind: Kind) -> object:
    client = StreamClient("gateway", target.limits, target.ca_file)
    return client.listen(kind, Request(f"{target.gateway.url}/stream"), Patience(1, 1))


LOOKS: dict[str, Callable[[Target], object]] = {
    "postgres": lambda target: Postgres(target).session(),
    "postgres without TLS": lambda target: Postgres(target).plaintext(),
    "clickhouse": lambda target: ClickHouse(target).session(),
    "clickhouse without a password": lambda target: ClickHouse(target).stranger(),
    "kafka": lambda target: Kafka(target, RunId.make()).health(),
    "kafka round trip": lambda target: Kafka(target, RunId.make()).round_trip(),
    "object_storage health": lambda target: ObjectStorage(target, RunId.make()).health(),
    "object_storage": lambda target: ObjectStorage(target, RunId.make()).round_trip(),
    "object_storage sweep": lambda target: ObjectStorage(target, RunId.make()).sweep(),
    "identity": lambda target: Identity(target).log_in("miso"),
    "gateway": lambda target: Gateway(target).ask({"any": Ask("/")}),
    "services": lambda target: Services(target).health(),
    "stream by WebSocket": lambda target: stream(target, "websocket"),
    "stream of server-sent events": lambda target: stream(target, "sse"),
}
STREAMS = {"stream by WebSocket", "stream of server-sent events"}
TLS_FIRST = {
    "kafka",
    "kafka round trip",
    "clickhouse",
    "clickhouse without a password",
    "identity",
    "gateway",
    *STREAMS,
}
"""Whoever answers garbage to a TLS handshake has failed at TLS; elsewhere, at the protocol."""


def expected(look: str, kind: str) -> Reason:
    """The reason that must be given for what that look meets there."""
    if kind == "mute":
        return Reason.TIMEOUT
    if kind == "garbage":
        return Reason.TLS if look in TLS_FIRST else Reason.PROTOCOL
    if kind == "drip":
        # Its first bytes answer a TLS handshake and PostgreSQL's questions, and wrongly.
        wrongly = {"postgres", "postgres without TLS"}
        return Reason.TLS if look in TLS_FIRST else Reason.PROTOCOL if look in wrongly else Reason.TIMEOUT
    return Reason.UNREACHABLE


AFTER_TLS = {
    "mute after TLS": Reason.TIMEOUT,
    "garbage after TLS": Reason.PROTOCOL,
    "drip after TLS": Reason.TIMEOUT,
    "closes after TLS": Reason.UNREACHABLE,
    "cut short after TLS": Reason.PROTOCOL,
}


@pytest.fixture(scope="module", autouse=True)
def imported(secrets: Path) -> None:
    """What a look imports at its first use is imported: seconds of that are not the deadline's."""
    for look in LOOKS.values():
        with peer("closes") as port:
            timed(partial(look, target_at(port, secrets)))


@pytest.mark.parametrize("kind", ["refuses", *PEERS])
@pytest.mark.parametrize("look", LOOKS)
def test_a_misbehaving_peer_is_a_typed_error_in_time(look: str, kind: str, secrets: Path) -> None:
    with peer(kind) as port:
        _check(look, kind, target_at(port, secrets), expected(look, kind))


@pytest.mark.parametrize("kind", TLS_PEERS)
@pytest.mark.parametrize("look", sorted(TLS_FIRST))
def test_a_peer_that_misbehaves_after_tls_is_a_typed_error_in_time(look: str, kind: str, secrets: Path) -> None:
    # Kafka's answers begin with a length: what HTTP drips or cuts short is one that no answer can have.
    http = {"drip after TLS", "cut short after TLS"}
    reason = Reason.PROTOCOL if look.startswith("kafka") and kind in http else AFTER_TLS[kind]
    with peer(kind, Authority(secrets).issue("peer")) as port:
        _check(look, kind, target_at(port, secrets), reason)


def _check(look: str, kind: str, target: Target, reason: Reason) -> None:
    error, seconds, own = timed(lambda: LOOKS[look](target))
    if "GOLIVE_SHOW_FAULTS" in os.environ:
        print(f"{look} | {kind} | {seconds:.2f} s, {own:.2f} s its own | {error!r}")
    assert isinstance(error, CannotEstablish), repr(error)
    assert (error.reason, bool(error.hint)) == (reason, True), error
    limit = HEALTH if look == "services" else OPERATION
    assert own < limit + GRACE
