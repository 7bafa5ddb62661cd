"""``python -m golive.load.null_server``: answers every request at once, on loopback, until its input ends.

What a generator measures here is its own. The first line of output is the port.
"""

from __future__ import annotations

import asyncio
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
END = b"\r\n\r\n"


class Answering(asyncio.Protocol):
    """One connection; requests have no body."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker: a stream's always is
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        *whole, self._rest = (self._rest + data).split(END)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(ANSWER * len(whole))


async def serve() -> None:
    """Until the end of the input."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
