"""Peers that misbehave on a loopback port: what every client must tell apart, and never wait for longer than agreed."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

PACE = 0.2
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


def _closes(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1)


def _resets(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


PEERS: dict[str, Callable[[socket.socket, threading.Event], None]] = {
    "mute": _mute,
    "garbage": _garbage,
    "drip": _drip,
    "closes": _closes,
    "resets": _resets,
}


@contextlib.contextmanager
def peer(kind: str) -> Iterator[int]:
    """The port of a peer of that kind; ``refuses`` is a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        if kind == "refuses":
            yield port  # bound, and not listening
            return
        listener.listen()
        over = threading.Event()
        threading.Thread(target=_serve, args=(listener, PEERS[kind], over), daemon=True).start()
        try:
            yield port
        finally:
            over.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _serve(
    listener: socket.socket, behave: Callable[[socket.socket, threading.Event], None], over: threading.Event
) -> None:
    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            behave(connection, over)

    while not over.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=one, args=(connection,), daemon=True).start()


def seconds_of(work: Callable[[], object]) -> tuple[BaseException | None, float]:
    """What ``work`` raised, and how long it took."""
    began = time.monotonic()
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the caller judges whatever it is
        return error, time.monotonic() - began
    return None, time.monotonic() - began
