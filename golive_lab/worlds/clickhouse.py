"""Bad worlds of ClickHouse: what else may stand at the port that must stay closed to plaintext."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from golive_lab.control import LabHandle
from golive_lab.fault_proxy import FaultProxy
from golive_lab.worlds.registry import world


def _plaintext_port(lab: LabHandle) -> int:
    (port,) = lab.overlay()["clickhouse"]["plaintext_ports"]
    return int(port)


class _AsksForPassword(BaseHTTPRequestHandler):
    """A proxy that lets nobody through without a password, which it would take without TLS."""

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.UNAUTHORIZED)
        self.send_header("WWW-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


@world
@contextmanager
def clickhouse_plaintext_password(lab: LabHandle) -> Iterator[None]:
    """A proxy at the plaintext port answers 401: it would take a password without TLS."""
    with ThreadingHTTPServer(("127.0.0.1", _plaintext_port(lab)), _AsksForPassword) as proxy:
        threading.Thread(target=proxy.serve_forever, name="asks-for-password", daemon=True).start()
        try:
            yield
        finally:
            proxy.shutdown()


@world
@contextmanager
def clickhouse_plaintext_mute(lab: LabHandle) -> Iterator[None]:
    """The plaintext port takes every connection and never answers."""
    nowhere = ("127.0.0.1", 0)
    with FaultProxy(nowhere, port=_plaintext_port(lab)) as proxy:
        proxy.mute()
        yield
