"""ClickHouse's HTTPS interface as the application's user.

The interface is asked directly: a client library would hide the TLS version, and keep its own idea of deadlines.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import secret
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target import Target

SYSTEM = "clickhouse"
EXCEPTION_CODE = "x-clickhouse-exception-code"
_REFUSED = {"192", "193", "194", "516", "497"}
"""Unknown user, wrong password, password required, authentication failed, access denied."""


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

    def ping_without_tls(self, port: int) -> Answer | CannotEstablish:
        """What the port says to plain HTTP; no credentials are sent."""
        return self._http.ask_all(
            {"ping": Request(f"http://{self.settings.host}:{port}/ping")}, seconds=self.limits.connect
        )["ping"]

    def _typed(self, answer: Answer) -> CannotEstablish:
        code = answer.headers.get(EXCEPTION_CODE, "")
        said = f"{self.place} answered HTTP {answer.status}" + (f", exception {code}" if code else "")
        if code in _REFUSED or answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return CredentialsRefused(
                SYSTEM,
                f"{said} to user {self.settings.user}",
                hint=f"compare the user's password with {self.settings.password.source}; SHOW GRANTS FOR the user",
            )
        return ProtocolBroken(
            SYSTEM, f"{said}; expected a JSON result", hint="system.query_log and the server's log say what it met"
        )
