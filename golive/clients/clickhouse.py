"""ClickHouse's HTTPS interface as the application's user.

The interface is asked directly: a client library would hide the TLS version, and keep its own idea of deadlines.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from golive.clients.deadlines import client_deadline
from golive.clients.http import Answer, HttpClient, Request
from golive.clients.reach import Endpoint, reach
from golive.clients.secret import secret
from golive.clients.wire import Wire
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target import Target

SYSTEM = "clickhouse"
EXCEPTION_CODE = "x-clickhouse-exception-code"
_REFUSED = {"192", "193", "194", "516", "497"}
"""Unknown user, wrong password, password required, authentication failed, access denied."""
TLS_ALERT, HTTP = b"\x15\x03", b"HT"
"""How an alert of any version of TLS begins, and an answer of HTTP."""


class ClickHouseClient:
    """Sends each query as a request of its own."""

    def __init__(self, target: Target) -> None:
        self.settings, self.limits = target.clickhouse, target.limits
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    @property
    def place(self) -> str:
        """``host:port``."""
        return f"{self.settings.host}:{self.settings.port}"

    def query(self, statement: str, parameters: Mapping[str, str] | None = None) -> tuple[list[dict[str, Any]], Answer]:
        """The statement's rows, and the answer that held them. ``parameters`` fill in ``{name:Type}``.

        Raises Unreachable, TimedOut, TlsFailed, CredentialsRefused or ProtocolBroken.
        """
        answer = self._http.ask(
            Request(
                f"https://{self.place}/",
                "POST",
                headers={
                    "X-ClickHouse-User": self.settings.user,
                    "X-ClickHouse-Key": secret(SYSTEM, "password of the application's user", self.settings.password),
                },
                params={
                    "database": self.settings.database,
                    "default_format": "JSON",
                    **{f"param_{name}": value for name, value in (parameters or {}).items()},
                },
                content=statement.encode(),
            )
        )
        content = answer.json()
        if answer.status != HTTPStatus.OK or not isinstance(content, dict) or not isinstance(content.get("data"), list):
            raise self._typed(answer)
        return content["data"], answer

    def ask_without_password(self) -> Answer:
        """What the simplest query is told that names nobody, whom the server takes for its user ``default``.

        A refusal, or a result. Raises Unreachable, TimedOut, TlsFailed, or ProtocolBroken for what is neither.
        """
        answer = self._http.ask(Request(f"https://{self.place}/", "POST", content=b"SELECT 1"))
        if answer.status != HTTPStatus.OK and not refuses(answer):
            raise self._broken(f"{in_words(answer)} to a query without a password; expected a refusal")
        return answer

    def first_bytes_without_tls(self, port: int) -> bytes:
        """The first two bytes that the port says to plain HTTP; no credentials are sent.

        An HTTP client alone would not tell a port that closes from one that first says what is not HTTP. Raises
        Unreachable where nobody listens or the connection is closed without a word, TimedOut where nothing comes.
        """
        place = f"{self.settings.host}:{port}"
        deadline = client_deadline(SYSTEM, f"a ping without TLS at {place}", self.limits.connect)
        with Wire(SYSTEM, self.settings.host, port, deadline) as wire:
            wire.send(f"GET /ping HTTP/1.1\r\nHost: {place}\r\n\r\n".encode(), "a ping without TLS")
            return wire.receive(2)

    def ping_without_tls(self, port: int) -> Answer:
        """What a port that speaks HTTP says without TLS; no credentials are sent."""
        return self._http.ask(Request(f"http://{self.settings.host}:{port}/ping"), seconds=self.limits.connect)

    def takes_connections(self, port: int) -> bool:
        """Whether a TCP connection to the port can be made."""
        return reach(Endpoint(SYSTEM, SYSTEM, self.settings.host, port), self.limits.connect) == "reachable"

    def _typed(self, answer: Answer) -> CannotEstablish:
        if refuses(answer):
            return CredentialsRefused(
                SYSTEM,
                f"{self.place} answered {in_words(answer)} to user {self.settings.user}",
                hint=f"compare the user's password with {self.settings.password.source}; SHOW GRANTS FOR the user",
            )
        return self._broken(f"{in_words(answer)}; expected a JSON result")

    def _broken(self, said: str) -> ProtocolBroken:
        hint = "system.query_log and the server's log say what it met"
        return ProtocolBroken(SYSTEM, f"{self.place} answered {said}", hint=hint)


def refuses(answer: Answer) -> bool:
    """Whether the server, or what stands before it, knows who asks and does not want him, or does not know him."""
    by_itself = answer.headers.get(EXCEPTION_CODE, "") in _REFUSED
    return by_itself or answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def in_words(answer: Answer) -> str:
    """Its status, and the number of the exception where there is one."""
    code = answer.headers.get(EXCEPTION_CODE, "")
    return f"HTTP {answer.status}" + (f", exception {code}" if code else "")
