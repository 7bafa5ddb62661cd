"""One TCP connection under deadlines, for the first exchanges of PostgreSQL and Kafka.

Their libraries fold a refused password, a foreign server and a dead one into the same error, and retry in between.
Speaking the first few messages here tells them apart reliably.
"""

from __future__ import annotations

import socket
import ssl
from types import TracebackType
from typing import Self

from golive.clients import tls
from golive.errors import CannotEstablish, ProtocolBroken, Unreachable
from golive.waiting import Deadline


class Wire:
    """A connection to ``host:port``; each method raises a typed error once ``deadline`` has passed or the peer left."""

    def __init__(self, system: str, host: str, port: int, deadline: Deadline) -> None:
        self.system, self.host, self.deadline = system, host, deadline
        self.place = f"{host}:{port}"
        self.state = "neither accepted nor refused"
        """What was last done, in words, for the message of a deadline that passes."""
        self._received = False
        try:
            self._socket = socket.create_connection((host, port), timeout=self._seconds())
        except OSError as error:
            raise self._typed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def secure(self, context: ssl.SSLContext) -> str:
        """Put TLS over the connection; gives the version that was agreed on, for instance ``TLSv1.3``."""
        self.state = "silent in the TLS handshake"
        try:
            self._socket.settimeout(self._seconds())
            secured = context.wrap_socket(self._socket, server_hostname=self.host)
        except OSError as error:
            raise self._typed(error) from error
        self._socket = secured
        return secured.version() or ""

    def send(self, data: bytes, asking: str) -> None:
        """Send everything. ``asking`` says in words what for."""
        self.state = f"no answer to {asking}"
        try:
            self._socket.settimeout(self._seconds())
            self._socket.sendall(data)
        except OSError as error:
            raise self._typed(error) from error

    def receive(self, count: int) -> bytes:
        """Exactly that many bytes."""
        data = b""
        while len(data) < count:
            try:
                self._socket.settimeout(self._seconds())
                piece = self._socket.recv(count - len(data))
            except OSError as error:
                raise self._typed(error) from error
            if not piece:
                raise self._ended()
            self._received = True
            data += piece
        return data

    def broken(self, seen: str, expected: str) -> ProtocolBroken:
        """The error for an answer that is not the protocol's."""
        return ProtocolBroken(
            self.system,
            f"{self.place} answered {seen}; expected {expected}",
            hint=f"which server listens at {self.place}?",
        )

    def _seconds(self) -> float:
        self.deadline.check(self.state)
        return self.deadline.remaining

    def _ended(self) -> CannotEstablish:
        if self._received:
            return ProtocolBroken(
                self.system,
                f"{self.place} closed the connection in the middle: {self.state}",
                hint="the server's own log says why it gave up",
            )
        return Unreachable(
            self.system,
            f"{self.place} closed the connection: {self.state}",
            hint=f"is {self.place} the right port, and is its server ready?",
        )

    def _typed(self, error: OSError) -> CannotEstablish:
        if isinstance(error, TimeoutError):
            return self.deadline.expired(self.state)
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionResetError | BrokenPipeError):
            return self._ended()
        if isinstance(error, ssl.SSLError):
            return tls.failed(self.system, self.place, error)
        return Unreachable(
            self.system,
            f"no connection to {self.place}: {error.strerror or error}",
            hint=f"is the server up, and may this host reach {self.place}?",
        )
