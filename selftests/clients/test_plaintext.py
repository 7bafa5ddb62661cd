"""What counts as refusing plaintext: only what lets nothing through. Being unable to tell is not a refusal."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from golive.errors import TimedOut, Unreachable
from golive.facts.clickhouse import ClickHouse
from golive.facts.postgres import Postgres
from golive.target import Target
from selftests.clients.peers import PEERS, peer, saying
from selftests.clients.targets import target_at


def http(status: str, *headers: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", "")).encode()


NATIVE = b"HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program\r\n"
ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
MYSQL = b"\x4a\x00\x00\x00\x0a8.0.31-ClickHouse\x00"
ANSWERS: dict[str, tuple[bytes, str, str]] = {
    "ok": (http("200 OK"), "accepted", "accepted"),
    "native port": (NATIVE, "refused", "accepted"),
    "asks for a password": (http("401 Unauthorized"), "accepted", "accepted"),
    "not found": (http("404 Not Found"), "accepted", "accepted"),
    "moved to https": (http("301 Moved Permanently", "Location: https://ch.example/ping"), "refused", "refused"),
    "moved to https for good": (http("308 Permanent Redirect", "Location: HTTPS://ch.example/"), "refused", "refused"),
    "moved elsewhere": (http("301 Moved Permanently", "Location: http://ch.example/ping"), "accepted", "accepted"),
    "moved within": (http("301 Moved Permanently", "Location: /play"), "accepted", "accepted"),
    "upgrade": (http("426 Upgrade Required"), "refused", "refused"),
    "TLS alert": (ALERT, "refused", "refused"),
    "MySQL's greeting": (MYSQL, "accepted", "accepted"),
}
"""What a port says to plain HTTP, and what that is on the TLS port and on another one."""


def refusal(sqlstate: str, message: str) -> bytes:
    fields = "".join(f"{name}{text}\0" for name, text in (("S", "FATAL"), ("C", sqlstate), ("M", message)))
    body = fields.encode() + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body


GREETINGS: dict[str, tuple[bytes, str]] = {
    "PostgreSQL's hba": (refusal("28000", 'no pg_hba.conf entry for host "10.0.0.1", no encryption'), "refused"),
    "PgBouncer": (refusal("08P01", "SSL required"), "refused"),
    "another pooler": (refusal("08P01", "odyssey: c0ffee: TLS is required"), "refused"),
    "broken packet": (refusal("08P01", "bad packet header"), "undecided: 08P01"),
    "out of memory": (refusal("53200", "SSL required"), "undecided: 53200"),
    "asks for a password": (b"R" + struct.pack("!ii", 8, 3), "accepted"),
    "asks for nothing": (b"R" + struct.pack("!ii", 8, 0), "accepted"),
}
"""What a server says to a client without TLS, and what that is."""


@pytest.mark.parametrize("said", GREETINGS)
def test_postgres_refuses_plaintext_by_rights_or_in_a_poolers_words(said: str, secrets: Path) -> None:
    answer, state = GREETINGS[said]
    with saying(answer) as port:
        assert Postgres(target_at(port, secrets)).plaintext().state == state


@pytest.mark.parametrize("sqlstate", ["57P01", "57P02", "57P03"])
def test_postgres_that_serves_nobody_now_has_refused_nothing(sqlstate: str, secrets: Path) -> None:
    with (
        saying(refusal(sqlstate, "the database system is starting up")) as port,
        pytest.raises(Unreachable, match=sqlstate),
    ):
        Postgres(target_at(port, secrets)).plaintext()


def clickhouse(target: Target, **settings: object) -> ClickHouse:
    return ClickHouse(target.model_copy(update={"clickhouse": target.clickhouse.model_copy(update=settings)}))


@pytest.mark.parametrize("said", ANSWERS)
def test_an_answer_in_plaintext_is_a_refusal_only_where_it_sends_on_to_tls(said: str, secrets: Path) -> None:
    answer, on_the_tls_port, elsewhere = ANSWERS[said]
    with saying(answer) as port, peer("closes") as proper, peer("refuses") as closed:
        target = target_at(port, secrets)
        (tls_port,) = clickhouse(target, port=port, plaintext_ports=frozenset()).plaintext()
        others = clickhouse(target, port=proper, plaintext_ports=frozenset({port, closed})).plaintext()
    assert (tls_port.state, tls_port.port) == (on_the_tls_port, port)
    assert {found.port: found.state for found in others} == {proper: "refused", port: elsewhere, closed: "refused"}


@pytest.mark.parametrize("kind", ["closes", "resets"])
def test_a_port_that_closes_without_a_word_refuses(kind: str, secrets: Path) -> None:
    with peer(kind) as port:
        (found,) = clickhouse(target_at(port, secrets), plaintext_ports=frozenset()).plaintext()
    assert found.state == "refused"


def test_a_tls_port_that_is_gone_has_refused_nothing(secrets: Path) -> None:
    with peer("refuses") as port, pytest.raises(Unreachable):
        clickhouse(target_at(port, secrets), plaintext_ports=frozenset()).plaintext()


@pytest.mark.parametrize("kind", ["mute", "drip"])
def test_a_port_that_takes_the_connection_and_never_answers_has_refused_nothing(kind: str, secrets: Path) -> None:
    assert kind in PEERS
    with peer(kind) as port, pytest.raises(TimedOut):
        clickhouse(target_at(port, secrets), plaintext_ports=frozenset()).plaintext()


def test_a_port_that_talks_without_tls_accepts_though_it_is_not_http(secrets: Path) -> None:
    with peer("garbage") as port:
        (found,) = clickhouse(target_at(port, secrets), plaintext_ports=frozenset()).plaintext()
    assert (found.state, found.said) == ("accepted", "something other than HTTP")
