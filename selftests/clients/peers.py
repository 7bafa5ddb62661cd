"""Peers that misbehave on a loopback port: what every client must tell apart, and never wait for longer than agreed."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from golive_lab.certificates import Certificate

Behaviour = Callable[[socket.socket, threading.Event], None]
LOOK = 0.02
"""Seconds between two looks at how late this machine is."""
PACE = 0.1
"""Seconds between two bytes of a dripping answer: always sooner than any limit for a single read."""
GARBAGE = b"\x00\xff\x13\x37 nothing that anybody speaks \r\n\r\n" * 4


def _mute(connection: socket.socket, over: threading.Event) -> None:
    over.wait()


def _garbage(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1)
    connection.sendall(GARBAGE)
    over.wait(1)


def _drip(connection: socket.socket, over: threading.Event) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000:
        connection.sendall(bytes([byte]))
        if over.wait(PACE):
            return


def _short_body(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    _hang_up(connection)


def _hang_up(connection: socket.socket) -> None:
    """Say no more, and read the rest: to close with a part unread would be a reset, which takes back what was said."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65_536):
        pass


def _closes(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1)


def _resets(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


TLS_PEERS: dict[str, Behaviour] = {
    "mute after TLS": _mute,
    "garbage after TLS": _garbage,
    "drip after TLS": _drip,
    "closes after TLS": _closes,
    "cut short after TLS": _short_body,
}
"""Peers that first agree on TLS, with a certificate that is good."""
PEERS: dict[str, Behaviour] = {
    "mute": _mute,
    "garbage": _garbage,
    "drip": _drip,
    "closes": _closes,
    "resets": _resets,
}


@contextlib.contextmanager
def peer(kind: str, certificate: Certificate | None = None) -> Iterator[int]:
    """The port of a peer of that kind; ``refuses`` is a port on which nobody listens.

    With a certificate it first asks for TLS.
    """
    behave = TLS_PEERS.get(kind) or PEERS.get(kind)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        if behave is None:
            yield port  # bound, and not listening
            return
        with _listening(listener, _over_tls(behave, certificate)):
            yield port


@contextlib.contextmanager
def saying(answer: bytes, certificate: Certificate | None = None) -> Iterator[int]:
    """The port of a peer that gives this one answer to whatever it is told first, and closes.

    With a certificate it first asks for TLS.
    """

    def says(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(answer)
        _hang_up(connection)

    with serving(_over_tls(says, certificate)) as port:
        yield port


@contextlib.contextmanager
def serving(behave: Behaviour) -> Iterator[int]:
    """The port of a peer that behaves so on every connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        with _listening(listener, behave):
            yield int(listener.getsockname()[1])


@contextlib.contextmanager
def _listening(listener: socket.socket, behave: Behaviour) -> Iterator[None]:
    listener.listen()
    over = threading.Event()
    threading.Thread(target=_serve, args=(listener, behave, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _over_tls(behave: Behaviour, certificate: Certificate | None) -> Behaviour:
    if certificate is None:
        return behave
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)

    def secured(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            behave(stream, over)

    return secured


def _serve(listener: socket.socket, behave: Behaviour, over: threading.Event) -> None:
    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            behave(connection, over)

    while not over.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=one, args=(connection,), daemon=True).start()


class Took(NamedTuple):
    """What a piece of work raised, its seconds by the clock, and its own: less those by which the machine was late."""

    error: BaseException | None
    seconds: float
    own: float


def timed(work: Callable[[], object]) -> Took:
    """Do it beside a thread that sleeps for a known time again and again: what wakes that late delays the work too."""
    over, late = threading.Event(), [0.0]

    def look() -> None:
        asked = time.monotonic()
        while not over.wait(LOOK):
            late[0] += max(0.0, time.monotonic() - asked - LOOK)
            asked = time.monotonic()

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    began, error = time.monotonic(), None
    try:
        work()
    except Exception as raised:  # noqa: BLE001 - the caller judges whatever it is
        error = raised
    seconds = time.monotonic() - began
    over.set()
    watch.join()
    return Took(error, seconds, seconds - late[0])
