"""A TCP proxy on loopback that spoils what passes: for faults of the network that no server makes by itself."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType

Spoil = Callable[[bytes, int], tuple[bytes, bool]]
"""``spoil(chunk, bytes passed so far on this answer) -> (what to pass on, whether to cut the connection then)``."""

LARGE = 4096
"""Bytes; an answer is large once more than this has passed since the last request, so that headers stay whole."""

ENDS_SECONDS = 5.0
"""Seconds within which the thread that accepts has seen that it is over."""


def _as_it_is(chunk: bytes, _passed: int) -> tuple[bytes, bool]:
    return chunk, False


class FaultProxy:
    """Forwards to ``upstream``; set a fault at any time, it holds for the bytes that pass from then on."""

    def __init__(self, upstream: tuple[str, int], port: int = 0) -> None:
        self._upstream = upstream
        self._spoil: Spoil = _as_it_is
        self._mute = False
        self._reset = False
        self._pause = 0.0
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._ended = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name="fault-proxy", daemon=True)

    def __enter__(self) -> FaultProxy:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            # closing alone leaves the port taken for as long as the thread waits in accept(), which holds the socket
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(ENDS_SECONDS)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    # faults

    def pass_on(self) -> None:
        """No fault."""
        self._spoil, self._mute, self._reset, self._pause = _as_it_is, False, False, 0.0

    def mute(self) -> None:
        """Accept, and never answer."""
        self._mute = True

    def reset(self) -> None:
        """Answer every connection with a reset."""
        self._reset = True

    def drip(self, seconds: float) -> None:
        """Pass one byte at a time, this far apart."""
        self._pause = seconds

    def garble(self) -> None:
        """Flip the bits of the first byte of every chunk."""
        self._spoil = lambda chunk, _passed: (bytes([chunk[0] ^ 0xFF]) + chunk[1:], False)

    def truncate(self, after: int) -> None:
        """Cut the connection once that many bytes of an answer have passed."""
        self._spoil = lambda chunk, passed: (chunk[: max(0, after - passed)], passed + len(chunk) >= after)

    def corrupt_large_bodies(self) -> None:
        """Flip one byte in every large answer."""
        self._spoil = lambda chunk, passed: (
            (chunk[:-1] + bytes([chunk[-1] ^ 1]), False) if passed + len(chunk) > LARGE else (chunk, False)
        )

    def truncate_large_bodies(self) -> None:
        """Cut the connection in every large answer."""
        self._spoil = lambda chunk, passed: (
            (chunk[: len(chunk) // 2], True) if passed + len(chunk) > LARGE else (chunk, False)
        )

    # plumbing

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self._reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            return
        if self._mute:
            self._ended.wait()
            return
        try:
            server = socket.create_connection(self._upstream, timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        self._open.add(server)
        passed = [0]
        threading.Thread(target=self._upwards, args=(client, server, passed), daemon=True).start()
        self._downwards(server, client, passed)

    def _upwards(self, client: socket.socket, server: socket.socket, passed: list[int]) -> None:
        with contextlib.suppress(OSError):
            while chunk := client.recv(65536):
                passed[0] = 0
                server.sendall(chunk)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _downwards(self, server: socket.socket, client: socket.socket, passed: list[int]) -> None:
        with contextlib.suppress(OSError):
            while chunk := server.recv(65536):
                out, cut = self._spoil(chunk, passed[0])
                passed[0] += len(chunk)
                self._send(client, out)
                if cut:
                    break
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _send(self, client: socket.socket, data: bytes) -> None:
        if not self._pause:
            client.sendall(data)
            return
        for i in range(len(data)):
            client.sendall(data[i : i + 1])
            if self._ended.wait(self._pause):
                return
