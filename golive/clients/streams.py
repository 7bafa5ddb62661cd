"""A live stream of events under one face, be it a WebSocket or server-sent events.

Both are opened by an ordinary HTTP request, whose answer is kept whole where it is no stream: a refusal says why. A
connection always ends by the client's own hand and abruptly (TCP reset, no close frame), as a lost one does.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from golive.clients.deadlines import client_deadline
from golive.clients.http import EVENT_STREAM, Answer, Exchange, HttpClient, Request, tls_version_of
from golive.clients.websocket import handshake, messages
from golive.errors import CannotEstablish, ProtocolBroken

if TYPE_CHECKING:
    import httpx

Kind = Literal["websocket", "sse"]
CUT = "cut by the suite"
LOOK_SECONDS = 0.02
MAX_HEARD = 64 * 1024 * 1024
"""Characters of events on one connection."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Message:
    """One message. ``id`` is that of a server-sent event, else empty; ``at`` is Unix time by this host's clock."""

    id: str
    text: str = field(repr=False)
    at: float


@dataclass(frozen=True)
class Patience:
    """How long to listen, in seconds from the open stream on: ``least``, and up to ``most`` for ``count`` messages."""

    least: float = 0
    most: float = 0
    count: int = 0
    stopped: Callable[[], bool] = lambda: False
    """Whether to end at once."""

    def left(self, since: float, messages: int) -> float:
        """Seconds that are left, after so many messages; ``since`` on the monotonic clock."""
        if self.stopped():
            return 0.0
        return (self.least if messages >= self.count else self.most) - (time.monotonic() - since)


@dataclass(frozen=True)
class Heard:
    """What one connection gave. Times are Unix times by this host's clock.

    ``end`` is how the stream ended: ``cut by the suite``, or what the server did; empty where there was none.
    """

    opening: Answer
    asked: float
    opened: float
    ended: float
    is_stream: bool
    messages: tuple[Message, ...]
    end: str


class StreamClient(HttpClient):
    """Opens streams and listens, each on a connection of its own."""

    def listen(self, kind: Kind, request: Request, patience: Patience) -> Heard:
        """Open the stream, listen, cut the connection. Opening has the target's limit for one operation.

        Raises Unreachable, TimedOut, TlsFailed or ProtocolBroken; an answer that opens no stream is no error.
        """
        return asyncio.run(self._listen(kind, request, patience))

    def listen_together(self, kind: Kind, request: Request, patience: Patience, count: int) -> tuple[Heard, ...]:
        """As ``listen``, on so many connections at the same time; one that is lost ends with what was wrong.

        Raises the first error where one could not be opened.
        """

        async def all_of_them() -> tuple[Heard, ...]:
            several = (self._listen(kind, request, patience, bears_loss=True) for _ in range(count))
            return tuple(await asyncio.gather(*several))

        return asyncio.run(all_of_them())

    async def _listen(self, kind: Kind, request: Request, patience: Patience, *, bears_loss: bool = False) -> Heard:
        import httpx

        headers, key = handshake() if kind == "websocket" else ({"Accept": EVENT_STREAM}, "")
        request = replace(request, headers={**request.headers, **headers})
        limit = client_deadline(self.system, f"opening the stream {request.place}", self.limits.operation)
        exchange = Exchange(self.system, request, limit)
        connect = min(self.limits.connect, limit.seconds)
        try:
            async with self._client(None, connect, 1) as client:
                return await _Connection(kind, exchange, key, bears_loss=bears_loss).over(client, patience)
        except TimeoutError:
            raise limit.expired(exchange.state) from None
        except httpx.ConnectTimeout:
            late = client_deadline(self.system, f"connecting for {request.place}", connect)
            raise late.expired("neither accepted nor refused, or silent in the TLS handshake") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise exchange.typed(error) from error


class _Connection:
    """One connection from its opening to its cut."""

    def __init__(self, kind: Kind, exchange: Exchange, key: str, *, bears_loss: bool) -> None:
        self._kind, self._exchange, self._key, self._bears_loss = kind, exchange, key, bears_loss
        self._messages: list[Message] = []
        self._end = CUT

    async def over(self, client: httpx.AsyncClient, patience: Patience) -> Heard:
        asked, began = time.time(), time.monotonic()
        request = self._exchange.request
        built = client.build_request(
            "GET", request.url, headers=dict(request.headers), params=dict(request.params) or None
        )
        async with asyncio.timeout(self._exchange.deadline.remaining):
            response = await client.send(built, stream=True)
            self._exchange.answering = True
            is_stream = self._opens(response)
            body = b"" if is_stream else await self._exchange.body_of(response)
        opened, tls_version = time.time(), tls_version_of(response)
        opening = Answer(
            response.status_code, dict(response.headers), body, round(time.monotonic() - began, 4), tls_version
        )
        if is_stream:
            await self._hear(response, patience)
        end = self._end if is_stream else ""
        return Heard(opening, asked, opened, time.time(), is_stream, tuple(self._messages), end)

    def _opens(self, response: httpx.Response) -> bool:
        if self._kind == "sse":
            media = response.headers.get("content-type", "").partition(";")[0]
            return response.status_code == HTTPStatus.OK and media == EVENT_STREAM
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            return False
        if response.headers.get("sec-websocket-accept") != self._key:
            raise self._broken("accepted a WebSocket that was not asked for (Sec-WebSocket-Accept is wrong)")
        return True

    async def _hear(self, response: httpx.Response, patience: Patience) -> None:
        since = time.monotonic()
        reader = asyncio.create_task(self._read(response))
        try:
            while not reader.done() and (left := patience.left(since, len(self._messages))) > 0:
                await asyncio.wait({reader}, timeout=min(left, LOOK_SECONDS))
            if reader.done():
                self._end = self._end_of(reader)
        finally:
            _reset_on_close(response)  # first: a reader that is cancelled closes the connection itself
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await response.aclose()

    def _end_of(self, reader: asyncio.Task[str]) -> str:
        import httpx

        error = reader.exception()
        if self._bears_loss and isinstance(error, CannotEstablish | OSError | httpx.HTTPError):
            return f"lost: {error}"
        return reader.result()

    async def _read(self, response: httpx.Response) -> str:
        """Take messages until the server ends the stream; how it did."""
        source = self._sockets(response) if self._kind == "websocket" else self._events(response)
        size = 0
        async for identity, text in source:
            self._messages.append(Message(identity, text, time.time()))
            size += len(text)
            if size > MAX_HEARD:
                raise self._broken(f"sent more than {MAX_HEARD} characters of events")
        return self._end if self._end.startswith("closed") else "closed by the server"

    async def _sockets(self, response: httpx.Response) -> AsyncIterator[tuple[str, str]]:
        async for text in messages(response.extensions["network_stream"], self._broken, self._closed):
            yield "", text

    async def _events(self, response: httpx.Response) -> AsyncIterator[tuple[str, str]]:
        from httpx_sse import EventSource

        async for event in EventSource(response).aiter_sse():
            yield event.id, event.data

    def _closed(self, words: str) -> None:
        self._end = f"closed by the server: {words}"

    def _broken(self, words: str) -> CannotEstablish:
        return ProtocolBroken(
            self._exchange.system,
            f"{self._exchange.request.place} {words}; {len(self._messages)} messages had come",
            hint="the gateway's log at this moment; does something on the way end long connections?",
        )


def _reset_on_close(response: httpx.Response) -> None:
    """Have the operating system drop the connection when it is closed, without a word to the peer."""
    stream = response.extensions.get("network_stream")
    raw: Any = stream.get_extra_info("socket") if stream is not None else None
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
