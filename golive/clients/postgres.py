"""PostgreSQL as the application's role, over TLS with the server's name verified."""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from golive.clients import tls
from golive.clients.deadlines import client_deadline, loaded_first, within
from golive.clients.secret import secret
from golive.clients.wire import Wire
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, TlsFailed, Unreachable
from golive.target import Target

if TYPE_CHECKING:
    import psycopg

SYSTEM = "postgres"
APPLICATION = "golive"
_PROTOCOL_3 = 196_608
_SSL_REQUEST = 80_877_103
_SHORTEST_MESSAGE, _LONGEST_MESSAGE = 4, 30_000
TOO_MANY_CONNECTIONS = "53300"
_PROTOCOL_VIOLATION = "08P01"
_NOT_SERVING = "57P"
"""Class of the SQLSTATEs of a server that is starting, stopping or recovering."""
_WANTS_TLS = re.compile(r"\b(?:SSL|TLS)\b.*\brequired\b", re.IGNORECASE)
NOTHING = "nothing"
_ASKS = {0: NOTHING, 3: "a password", 5: "an MD5 digest", 7: "GSSAPI", 9: "SSPI", 10: "SASL"}
"""What each kind of authentication request asks for, by PostgreSQL's frontend/backend protocol, version 3."""
_EXHAUSTED = ("too many clients", "too many connections", "connection slots are reserved")


class Exhausted(Exception):
    """The server answers, but has no connection left for the application's role. A fact, not a client error."""


@dataclass(frozen=True)
class Greeting:
    """The server's first message to a start-up packet: ``authenticate`` or ``error`` with its SQLSTATE and text."""

    kind: str
    asks: str = ""
    """What it wants to see before it lets the role in; NOTHING where it is let in at once."""
    sqlstate: str = ""
    message: str = ""

    @property
    def refuses_access(self) -> bool:
        """Whether the server minds who asks from where and how (SQLSTATE class 28), and nothing else."""
        return self.kind == "error" and self.sqlstate.startswith("28")

    @property
    def wants_tls(self) -> bool:
        """Whether it is a connection pooler's way to refuse plaintext: PgBouncer says 08P01, ``SSL required``."""
        return self.sqlstate == _PROTOCOL_VIOLATION and _WANTS_TLS.search(self.message) is not None


class PostgresClient:
    """Opens a connection for each call, so that what is seen is what is there now."""

    def __init__(self, target: Target) -> None:
        self.settings, self.limits, self._ca_file = target.postgres, target.limits, target.ca_file

    @property
    def place(self) -> str:
        """``host:port/database``."""
        return f"{self.settings.host}:{self.settings.port}/{self.settings.database}"

    def query(self, statement: str) -> tuple[list[dict[str, Any]], str]:
        """The statement's rows as the application's role, and the TLS version they came over.

        Raises Exhausted, and Unreachable, TimedOut, TlsFailed, CredentialsRefused, ProtocolBroken.
        """
        loaded_first("psycopg.rows")
        deadline = client_deadline(SYSTEM, f"a query at {self.place}", self.limits.operation)
        sockets: list[socket.socket] = []
        progress = ["connecting"]

        def work() -> tuple[list[dict[str, Any]], str]:
            tls_version, _ = self._knock()
            with self._connect() as connection, connection.transaction():
                # A copy of the socket can be shut from outside without touching the library's own.
                sockets.append(socket.socket(fileno=os.dup(connection.pgconn.socket)))
                progress[0] = "connected, no result yet"
                # Within the transaction, not as a start-up option: connection poolers refuse those.
                connection.execute(b"SET LOCAL statement_timeout = %d" % ceil(self.limits.operation * 1000))
                return connection.execute(statement.encode()).fetchall(), tls_version

        try:
            return within(deadline, work, state=lambda: progress[0], abandon=lambda: _shut(sockets))
        except CannotEstablish:
            raise
        except Exception as error:
            raise self._typed(error) from error

    def greeting_without_tls(self) -> Greeting:
        """What the server says to a client that asks for no TLS. No password is sent, whatever it says.

        Raises Unreachable where it serves nobody at the moment: it would say the same over TLS.
        """
        with self._wire("a start-up packet without TLS") as wire:
            greeting = self._start(wire)
        if greeting.sqlstate.startswith(_NOT_SERVING):
            raise _refusal(self.place, greeting)
        return greeting

    def greeting_with_tls(self) -> Greeting:
        """What the server says to the application's role over TLS, before any password is sent.

        Raises Exhausted, and Unreachable, TimedOut, TlsFailed, CredentialsRefused, ProtocolBroken.
        """
        return self._knock()[1]

    def _knock(self) -> tuple[str, Greeting]:
        """TCP, then TLS, then the first message: each with its own error. Gives the TLS version, and that message."""
        with self._wire("connecting") as wire:
            wire.send(struct.pack("!ii", 8, _SSL_REQUEST), "the question for TLS")
            answer = wire.receive(1)
            if answer == b"N":
                raise TlsFailed(SYSTEM, f"{wire.place} offers no TLS", hint="ssl = on in postgresql.conf")
            if answer != b"S":
                raise wire.broken(f"{answer!r} to a request for TLS", "S or N")
            version = wire.secure(tls.context(SYSTEM, self._ca_file))
            greeting = self._start(wire)
        if greeting.sqlstate == TOO_MANY_CONNECTIONS:
            raise Exhausted(greeting.message)
        if greeting.kind == "error":
            raise _refusal(self.place, greeting)
        return version, greeting

    def _wire(self, what: str) -> Wire:
        place, port = self.settings.host, self.settings.port
        return Wire(SYSTEM, place, port, client_deadline(SYSTEM, f"{what} at {place}:{port}", self.limits.connect))

    def _start(self, wire: Wire) -> Greeting:
        fields = ("user", self.settings.role, "database", self.settings.database, "application_name", APPLICATION)
        body = struct.pack("!i", _PROTOCOL_3) + b"".join(text.encode() + b"\0" for text in fields) + b"\0"
        wire.send(struct.pack("!i", len(body) + 4) + body, "the start-up packet")
        kind = wire.receive(1)
        (length,) = struct.unpack("!i", wire.receive(4))
        if kind not in b"RE" or not _SHORTEST_MESSAGE <= length <= _LONGEST_MESSAGE:
            raise wire.broken(f"a message {kind!r} of {length} bytes", "an authentication request or an error")
        content = wire.receive(length - 4)
        return _request(content) if kind == b"R" else _error(content)

    def _connect(self) -> psycopg.Connection[dict[str, Any]]:
        import psycopg
        from psycopg.rows import dict_row

        connection = psycopg.connect(
            host=self.settings.host,
            port=self.settings.port,
            dbname=self.settings.database,
            user=self.settings.role,
            password=secret(SYSTEM, "password of the application's role", self.settings.password),
            application_name=APPLICATION,
            autocommit=True,
            row_factory=dict_row,
            sslmode="verify-full",
            sslrootcert=tls.bundle(self._ca_file),
            gssencmode="disable",
            connect_timeout=ceil(self.limits.connect),
            prepare_threshold=None,
        )
        connection.read_only = True
        return connection

    def _typed(self, error: Exception) -> Exception:
        import psycopg

        words = " ".join(str(error).split())
        if not isinstance(error, psycopg.Error):
            return error
        if error.sqlstate == TOO_MANY_CONNECTIONS or any(phrase in words for phrase in _EXHAUSTED):
            return Exhausted(words)
        if isinstance(error, psycopg.errors.ConnectionTimeout | psycopg.errors.QueryCanceled):
            return client_deadline(SYSTEM, f"a query at {self.place}", self.limits.operation).expired(words)
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return CredentialsRefused(
                SYSTEM,
                f"{self.place}: role {self.settings.role} may not look: {words}",
                hint="grant it what the message names, or pg_monitor",
            )
        if "authentication failed" in words:
            return CredentialsRefused(
                SYSTEM,
                f"{self.place} refused role {self.settings.role}: {words}",
                hint=f"compare the role's password with {self.settings.password.source}",
            )
        return ProtocolBroken(SYSTEM, f"{self.place}: {words}", hint="the server's log at this moment says more")


def _shut(sockets: Sequence[socket.socket]) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


def _request(content: bytes) -> Greeting:
    kind = int.from_bytes(content[:4], "big")
    return Greeting("authenticate", _ASKS.get(kind, f"authentication of kind {kind}"))


def _error(content: bytes) -> Greeting:
    fields = {piece[:1]: piece[1:].decode("utf-8", "replace") for piece in content.split(b"\0") if piece}
    return Greeting("error", sqlstate=fields.get(b"C", ""), message=fields.get(b"M", ""))


def _refusal(place: str, greeting: Greeting) -> CannotEstablish:
    said = f"{place}: {greeting.message} (SQLSTATE {greeting.sqlstate})"
    if greeting.refuses_access:
        return CredentialsRefused(SYSTEM, said, hint="pg_hba.conf and the role's grants say who may connect from here")
    if greeting.sqlstate.startswith(_NOT_SERVING):
        return Unreachable(SYSTEM, said, hint="the server is starting, stopping or recovering; its log says which")
    return ProtocolBroken(SYSTEM, said, hint="the server's log at this moment says more")
