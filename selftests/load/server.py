"""A server of known latency with a ledger of what it did: ``server.py LIMIT_MS PLANS [CERTIFICATE KEY]``.

PLANS is a JSON object: path -> how it answers. A path draws its delays in an order of its own, so that the same number
of requests gets the same answers whatever arrives beside it. The port is the first line of output, the ledger the last.
"""

from __future__ import annotations

import asyncio
import bisect
import json
import random
import ssl
import sys
import time
from itertools import accumulate
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno"


class Path:
    """How one path answers.

    ``delays``: [share, from_ms, to_ms] each; ``errors``: share of immediate 500s; ``stall``: [period_s, length_s], at
    the end of each period nothing is answered; ``hangs_after_s``: from then on nothing is answered any more;
    ``needs``: the bearer tokens that are taken, where one is needed.
    """

    def __init__(self, name: str, how: dict[str, Any]) -> None:
        self.how = how
        self.random = random.Random(name)
        self.delays = how.get("delays", [[1.0, 0.0, 0.0]])
        self.bounds = list(accumulate(share for share, _, _ in self.delays))
        self.first: float | None = None
        self.ledger = {"received": 0, "answered": 0, "over": 0, "errors": 0, "refused": 0}

    def arrive(self, connection: Connection, head: bytes) -> None:
        now = time.monotonic()
        self.first = now if self.first is None else self.first
        self.ledger["received"] += 1
        if "needs" in self.how and not any(
            f"Bearer {token}\r\n".encode() in head + b"\r\n" for token in self.how["needs"]
        ):
            self.ledger["refused"] += 1
            connection.answer(ERROR)
        elif self.random.random() < self.how.get("errors", 0):
            self.ledger["errors"] += 1
            connection.answer(ERROR)
        elif now - self.first < self.how.get("hangs_after_s", float("inf")):
            delay_s = self.delay_s(now - self.first)
            if delay_s > 0:
                asyncio.get_running_loop().call_later(delay_s, self.answer, connection, now)
            else:
                self.answer(connection, now)

    def delay_s(self, since_s: float) -> float:
        _, low, high = self.delays[bisect.bisect(self.bounds, self.random.random() * self.bounds[-1])]
        period_s, length_s = self.how.get("stall", (1.0, 0.0))
        into_s = since_s % period_s
        stall_s: float = period_s - into_s if into_s > period_s - length_s else 0.0
        return float(stall_s + (low + (high - low) * self.random.random()) / 1000)

    def answer(self, connection: Connection, received: float) -> None:
        self.ledger["answered"] += 1
        self.ledger["over"] += time.monotonic() - received >= float(sys.argv[1]) / 1000
        connection.answer(OK)


class Connection(asyncio.Protocol):
    def __init__(self, paths: dict[str, Path]) -> None:
        self.paths = paths
        self.transport: Any = None
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for head in heads:
            self.paths[head.split(b" ", 2)[1].decode().partition("?")[0]].arrive(self, head)

    def answer(self, what: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(what)


async def main() -> None:
    loop = asyncio.get_running_loop()
    paths = {name: Path(name, how) for name, how in json.loads(sys.argv[2]).items()}
    tls = None
    if len(sys.argv) > 3:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*sys.argv[3:])
    server = await loop.create_server(lambda: Connection(paths), "127.0.0.1", 0, backlog=4096, ssl=tls)
    say(str(server.sockets[0].getsockname()[1]))
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started it closes the input, or is gone
    say(json.dumps({name: path.ledger for name, path in paths.items()}))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


asyncio.run(main())
