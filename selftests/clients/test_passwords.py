"""Who lets in whoever asks: told by what a database wants to see first, and by what it gives to nobody's query."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from golive.clients.postgres import NOTHING, PostgresClient
from golive.errors import ProtocolBroken
from golive.facts.clickhouse import ClickHouse
from golive_lab.certificates import Authority
from selftests.clients.peers import saying, serving
from selftests.clients.targets import target_at

ASKS = {0: NOTHING, 3: "a password", 5: "an MD5 digest", 10: "SASL", 99: "authentication of kind 99"}


@contextlib.contextmanager
def postgres_asking(kind: int, secrets: Path) -> Iterator[int]:
    """The port of a server that secures the connection, and answers the start-up packet with that request."""
    certificate = Authority(secrets).issue("peer")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)

    def asks(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(8)
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as stream:
            stream.recv(65_536)
            stream.sendall(b"R" + struct.pack("!ii", 8, kind))

    with serving(asks) as port:
        yield port


@pytest.mark.parametrize("kind", ASKS)
def test_postgres_is_understood_in_what_it_asks_for(kind: int, secrets: Path) -> None:
    with postgres_asking(kind, secrets) as port:
        greeting = PostgresClient(target_at(port, secrets)).greeting_with_tls()
    assert (greeting.kind, greeting.asks) == ("authenticate", ASKS[kind])


def http(status: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")).encode() + body


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (http("200 OK", body=b"1\n"), "answered", "HTTP 200"),
        (http("401 Unauthorized"), "refused", "HTTP 401"),
        (http("403 Forbidden", "X-ClickHouse-Exception-Code: 516"), "refused", "HTTP 403, exception 516"),
        (http("404 Not Found", "X-ClickHouse-Exception-Code: 192"), "refused", "HTTP 404, exception 192"),
    ],
)
def test_clickhouse_answers_nobodys_query_or_refuses_it(answer: bytes, state: str, said: str, secrets: Path) -> None:
    with saying(answer, Authority(secrets).issue("peer")) as port:
        stranger = ClickHouse(target_at(port, secrets)).stranger()
    assert (stranger.state, stranger.said) == (state, said)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "302 Found"])
def test_what_is_neither_a_result_nor_a_refusal_is_neither(status: str, secrets: Path) -> None:
    with (
        saying(http(status), Authority(secrets).issue("peer")) as port,
        pytest.raises(ProtocolBroken, match=rf"HTTP {status[:3]} to a query without a password"),
    ):
        ClickHouse(target_at(port, secrets)).stranger()
