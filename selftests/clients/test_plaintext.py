"""What counts as refusing plaintext: only what lets nothing through. Being unable to tell is not a refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.errors import TimedOut
from golive.facts.clickhouse import ClickHouse
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


def clickhouse(target: Target, **settings: object) -> ClickHouse:
    return ClickHouse(target.model_copy(update={"clickhouse": target.clickhouse.model_copy(update=settings)}))


@pytest.mark.parametrize("said", ANSWERS)
def test_an_answer_in_plaintext_is_a_refusal_only_where_it_sends_on_to_tls(said: str, secrets: Path) -> None:
    answer, on_the_tls_port, elsewhere = ANSWERS[said]
    with saying(answer) as port, peer("refuses") as closed:
        target = target_at(port, secrets)
        (tls_port,) = clickhouse(target, port=port, plaintext_ports=frozenset()).plaintext()
        other = clickhouse(target, port=closed, plaintext_ports=frozenset({port})).plaintext()
    assert (tls_port.state, tls_port.port) == (on_the_tls_port, port)
    assert {found.port: found.state for found in other} == {port: elsewhere, closed: "refused"}


@pytest.mark.parametrize("kind", ["refuses", "closes", "resets"])
def test_a_port_that_closes_without_a_word_refuses(kind: str, secrets: Path) -> None:
    with peer(kind) as port:
        (found,) = clickhouse(target_at(port, secrets), plaintext_ports=frozenset()).plaintext()
    assert found.state == "refused"


@pytest.mark.parametrize("kind", ["mute", "drip"])
def test_a_port_that_takes_the_connection_and_never_answers_has_refused_nothing(kind: str, secrets: Path) -> None:
    assert kind in PEERS
    with peer(kind) as port, pytest.raises(TimedOut):
        clickhouse(target_at(port, secrets), plaintext_ports=frozenset()).plaintext()


def test_a_port_that_talks_without_tls_accepts_though_it_is_not_http(secrets: Path) -> None:
    with peer("garbage") as port:
        (found,) = clickhouse(target_at(port, secrets), plaintext_ports=frozenset()).plaintext()
    assert (found.state, found.said) == ("accepted", "something other than HTTP")
