"""What the edge's items make of what they see: records, certificates, calls."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from golive.clients.handshake import KINDS, OLD, HandshakeClient, Place, Shaken, of_kind, old_context, trusting_context
from golive.clients.haproxy import HaproxyRuntime
from golive.clients.name_server import DnsAnswer, NameServer
from golive.errors import ProtocolBroken, TimedOut, Unreachable
from golive.facts.public_hosts import PATH, PublicHosts, Shown, leads_to
from golive.facts.records import Records
from golive.target import Target
from golive.target.edge import Haproxy
from golive.target.model import Limits
from golive_lab.certificates import Authority, Certificate

ROOT = Path(__file__).parents[2]

LIMITS = Limits(connect=0.5, operation=0.5)
DNS = {
    "authoritative": ["127.0.0.1:1", "127.0.0.1:2"],
    "recursive": "127.0.0.1:3",
    "records": [{"name": "hub.example.test", "values": ["192.0.2.1", "192.0.2.2"]}],
}
EDGE = {"hosts": ["hub.example.test"], "min_days": 14}
GOOD = Shown("hub", "hub.example.test", "", (), 30.0, ("ab",), (), "", 31_536_000)


def target(**tables: Any) -> Target:
    """The lab's target, with these tables instead of its own."""
    data = tomllib.loads((ROOT / "targets" / "lab.toml").read_text(encoding="utf-8"))
    return Target.model_validate({**data, **tables})


def answer(values: frozenset[str] = frozenset({"192.0.2.1", "192.0.2.2"}), **changes: Any) -> DnsAnswer:
    usual = {"server": "127.0.0.1:1", "name": "hub.example.test", "type": "A", "ttl": 60, "authoritative": True}
    return DnsAnswer(values=values, **{**usual, **changes})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (answer(), ""),
        (answer(frozenset()), "missing"),
        (answer(frozenset({"192.0.2.1"})), "is 192.0.2.1; expected 192.0.2.1, 192.0.2.2"),
        (answer(ttl=301), "kept for 301 s"),
        (answer(authoritative=False), "not answered with authority"),
        (answer(server="127.0.0.1:3", authoritative=False), ""),
    ],
)
def test_a_record_is_as_declared_or_wrong_in_words(given: DnsAnswer, problem: str) -> None:
    found = Records(target(dns=DNS)).wrong([given])
    assert list(found) == ([f"{given.server} hub.example.test A"] if problem else [])
    assert problem in "".join(found.values())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"verifies": "certificate has expired"}, "certificate has expired"),
        ({"days_left": 13.9}, "13.9 days left, at least 14"),
        ({"old_versions": ("TLSv1",)}, "takes TLSv1"),
        ({"redirect": "HTTP 200"}, "plain HTTP: HTTP 200"),
        ({"hsts": 300}, "HSTS max-age 300, at least 31536000"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(changes: dict[str, Any], problem: str | None) -> None:
    hosts = PublicHosts(target(edge=EDGE))
    shown = Shown(**{**GOOD.__dict__, **changes})
    assert hosts.wrong(shown) == ((problem,) if problem else ())


@pytest.mark.parametrize(
    ("location", "status", "leads"),
    [
        (f"https://hub.example.test{PATH}", 308, True),
        (f"https://hub.example.test:443{PATH}", 301, True),
        (f"https://hub.example.test{PATH}", 200, False),
        ("https://hub.example.test/", 308, False),
        (f"https://hub.example.test:8443{PATH}", 308, False),
        (f"http://hub.example.test{PATH}", 308, False),
        (f"https://elsewhere.test{PATH}", 308, False),
        (f"https://hub.example.test.evil.test{PATH}", 308, False),
        ("", 308, False),
    ],
)
def test_a_redirect_leads_to_the_same_path_by_the_port_that_customers_use(
    location: str, status: int, leads: bool
) -> None:
    place = Place("hub.example.test", "192.0.2.1", 443)
    assert leads_to(place, PATH, status, location) is leads
    assert leads_to(place, "/", 301, "https://hub.example.test/hub/")


def test_a_name_with_addresses_is_asked_for_both_kinds_and_has_what_is_declared_alone() -> None:
    records = Records(target(dns=DNS))
    assert {kind for _, _, kind in records.asked()} == {"A", "AAAA"}
    given = [answer(frozenset(), type="AAAA"), answer(frozenset({"2001:db8::7"}), type="AAAA", server="127.0.0.1:2")]
    assert records.wrong(given) == {"127.0.0.1:2 hub.example.test AAAA": "is 2001:db8::7; none is declared"}


def test_this_client_speaks_old_tls_with_a_server_that_does() -> None:
    client = HandshakeClient("edge", Limits())
    assert [client.control(version).version for version in OLD] == ["TLSv1", "TLSv1.1"]


def serve(certificate: Path, key: Path, probe: Any, *more: Certificate) -> Any:
    """Run ``probe(port)`` against a server that takes TLS 1.2 and newer."""

    async def both() -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        for chain in ((certificate, key), *((each.cert_file, each.key_file) for each in more)):
            context.load_cert_chain(*chain)
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
        async with server:
            return await asyncio.to_thread(probe, server.sockets[0].getsockname()[1])

    return asyncio.run(both())


def test_a_modern_server_refuses_old_tls_and_shows_its_certificate(tmp_path: Path) -> None:
    issued = Authority(tmp_path).issue("x", hosts=("hub.example.test",), days=-1)
    client = HandshakeClient("edge", Limits())

    def probe(port: int) -> tuple[str, bytes, str]:
        place = Place("hub.example.test", "127.0.0.1", port)
        verified = client.shake(place, ssl.create_default_context(cafile=str(tmp_path / "ca.pem")))
        shown = client.shake(place, trusting_context())
        return client.shake(place, old_context(OLD[0])).version, shown.certificate, verified.refused

    old, certificate, refused = serve(issued.cert_file, issued.key_file, probe)
    assert old == ""
    assert certificate
    assert "expired" in refused


def test_a_client_that_takes_one_kind_of_key_alone_is_shown_that_kinds_certificate(tmp_path: Path) -> None:
    authority, hosts = Authority(tmp_path), ("hub.example.test",)
    usual, old = authority.issue("x", hosts=hosts), authority.issue("y", hosts=hosts, with_rsa=True)
    place = Place("hub.example.test", "127.0.0.1", 0)

    def probe(port: int) -> list[bytes]:
        client, there = HandshakeClient("edge", Limits()), replace(place, port=port)
        return [client.shake(there, of_kind(trusting_context(), kind)).certificate for kind in KINDS]

    both = [x509.load_pem_x509_certificate(each.cert_file.read_bytes()) for each in (old, usual)]
    expected = [each.public_bytes(Encoding.DER) for each in both]
    assert serve(usual.cert_file, usual.key_file, probe, old) == expected
    assert serve(usual.cert_file, usual.key_file, probe) == [b"", expected[1]]


def test_an_expired_certificate_is_over_in_the_past(tmp_path: Path) -> None:
    issued = Authority(tmp_path).issue("x", hosts=("a.test",), days=-1)
    certificate = x509.load_pem_x509_certificate(issued.cert_file.read_bytes())
    now = datetime.datetime.now(datetime.UTC)
    assert certificate.not_valid_before_utc < certificate.not_valid_after_utc < now


def test_nobody_listening_is_unreachable_and_silence_is_a_timeout() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        with pytest.raises(Unreachable):
            NameServer(f"127.0.0.1:{port}", LIMITS).ask("a.test", "A")
        tcp.listen()
        with pytest.raises(TimedOut):
            NameServer(f"127.0.0.1:{port}", LIMITS).ask("a.test", "A")


@pytest.mark.parametrize(
    ("lists", "listed", "expected"),
    [
        ("# id (file)\n0 (/etc/allow) a\n", "0x55 127.0.0.0/8\n0x56 192.0.2.1\n", {"127.0.0.0/8", "192.0.2.1/32"}),
        ("# id (file) description\n0 (/etc/deny) acl 'src'\n", "", None),
        ("0 (/etc/allow) a\n1 (/srv/allow) b\n", "", None),
        ("0 (/etc/allow) a\n", "Unknown ACL identifier. Please use #<id> or <file>.\n", None),
    ],
)  # fmt: skip
def test_the_list_is_the_one_that_is_meant_or_none(lists: str, listed: str, expected: set[str] | None) -> None:
    async def both() -> Any:
        async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            command = (await reader.readline()).decode().strip()
            writer.write((lists if command == "show acl" else listed).encode())
            writer.close()

        server = await asyncio.start_server(answering, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            runtime = HaproxyRuntime(Haproxy(host="127.0.0.1", port=port, acl="allow"), Limits())
            return await asyncio.to_thread(runtime.networks)

    if expected is None:
        with pytest.raises(ProtocolBroken):
            asyncio.run(both())
    else:
        assert {str(network) for network in asyncio.run(both())} == expected


def test_addresses_beside_the_list_in_a_rule_that_uses_it_are_in_force_too(monkeypatch: pytest.MonkeyPatch) -> None:
    used = "pattern loaded from file '/etc/allow' used by acl at file '/h.cfg' line 24, by acl at file '/h.cfg' line 9."
    lists = f"""# id (file) description
0 () acl 'path' file '/h.cfg' line 24. curr_ver=0
1 (/etc/allow) {used} curr_ver=0
2 () acl 'src' file '/h.cfg' line 24. curr_ver=0
3 () acl 'src' file '/h.cfg' line 36. curr_ver=0
4 () acl 'req.hdr_ip(X-Real-IP)' file '/h.cfg' line 9. curr_ver=0
"""
    held = {"1": "10.0.0.0/8", "2": "192.0.2.0/24", "3": "198.51.100.0/24", "4": "203.0.113.7"}
    runtime = HaproxyRuntime(Haproxy(host="127.0.0.1", port=1, acl="allow"), Limits())
    say = {"show acl": lists, **{f"show acl #{number}": f"0x5 {each}\n" for number, each in held.items()}}
    monkeypatch.setattr(runtime, "_say", say.__getitem__)
    assert {str(network) for network in runtime.networks()} == {"10.0.0.0/8", "192.0.2.0/24", "203.0.113.7/32"}


@pytest.fixture
def mute() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def asks(port: int) -> dict[str, Callable[[], object]]:
    """Each client of the edge's that has a transport of its own."""
    shaking, place = HandshakeClient("edge", LIMITS), Place("hub.example.test", "127.0.0.1", port)
    return {
        "handshake": lambda: shaking.shake(place, trusting_context()),
        "runtime": HaproxyRuntime(Haproxy(host="127.0.0.1", port=port, acl="allow"), LIMITS).networks,
    }


@pytest.mark.parametrize("client", ["handshake", "runtime"])
def test_silence_ends_with_the_clients_own_deadline(mute: int, client: str) -> None:
    began = time.monotonic()
    with pytest.raises(TimedOut):
        asks(mute)[client]()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("client", ["handshake", "runtime"])
def test_nobody_there_is_unreachable(client: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            asks(unused.getsockname()[1])[client]()


def test_what_speaks_no_tls_refuses_in_words() -> None:
    """A plaintext port is a fact about the place, not an error of the look."""

    def answer_plainly(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(64)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=answer_plainly, args=(listening,), daemon=True).start()
        shaken = asks(listening.getsockname()[1])["handshake"]()
    assert isinstance(shaken, Shaken)
    assert (shaken.version, bool(shaken.refused)) == ("", True)
