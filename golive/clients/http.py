"""HTTP with a total deadline: a body or a header that drips byte by byte ends with it too.

httpx limits each read; only cancelling the whole exchange limits their sum, hence asyncio underneath. Redirects are
never followed, proxies of the environment never used: an answer is the answer of the URL that was asked.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from golive.clients import tls
from golive.clients.deadlines import client_deadline
from golive.clients.words import plainest
from golive.errors import CannotEstablish, ProtocolBroken, Unreachable
from golive.target.base import AnswerField
from golive.target.model import Limits
from golive.waiting import Deadline

if TYPE_CHECKING:
    import httpx

EVENT_STREAM = "text/event-stream"
MAX_BODY = 16 * 1024 * 1024
"""Bytes; nothing that the suite asks for is nearly as long."""


@dataclass(frozen=True)
class Request:
    """What to ask. ``form`` is sent URL-encoded, ``content`` as it is."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    raw_path: str = ""
    """Sent as it is in place of the URL's path, which would be normalised: for paths that are written oddly."""
    host: str = ""
    """The host that is meant, where the URL names one of its addresses: for TLS and for the Host header."""

    @property
    def place(self) -> str:
        """``METHOD scheme://host:port/path``, without the query, which may hold a secret."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True)
class Answer:
    """A complete answer, or the head of a stream of events. ``seconds`` counts from the start to the last byte."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float
    tls_version: str

    @property
    def text(self) -> str:
        """The body as UTF-8, wrong bytes replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body's JSON, or None where it is none; NaN and Infinity, which Python would take, are none."""
        try:
            return json.loads(self.body, parse_constant=_no_json)
        except ValueError:
            return None

    def value(self, place: AnswerField) -> str:
        """What stands at that place of the answer; empty where nothing does."""
        if place.header is not None:
            return self.headers.get(place.header.lower(), "")
        if place.field is None:
            return self.text.strip()
        found = self.json()
        for name in place.field.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return "" if found is None or isinstance(found, dict | list) else _text(found)


class HttpClient:
    """Asks one system over HTTP; each request on a connection of its own, so that no earlier one can speak for it."""

    def __init__(
        self, system: str, limits: Limits, ca_file: Path | None, *, source: str | None = None, proxy: str | None = None
    ) -> None:
        """``source`` is the address of this host to ask from, ``proxy`` one to ask through."""
        self.system, self.limits = system, limits
        self._source, self._proxy = source, proxy
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None

    def ask(self, request: Request, *, seconds: float | None = None, jar: httpx.Cookies | None = None) -> Answer:
        """The answer, of any status, within ``seconds`` (the target's limit for one operation, if None).

        ``jar`` gives and takes cookies. Raises Unreachable, TimedOut, TlsFailed or ProtocolBroken.
        """
        return asyncio.run(self._ask(request, seconds or self.limits.operation, jar))

    def ask_all(
        self, requests: Mapping[str, Request], *, seconds: float | None = None
    ) -> dict[str, Answer | CannotEstablish]:
        """All answers, asked for at the same time; an error stands in place of the answer that did not come."""

        async def one(request: Request) -> Answer | CannotEstablish:
            try:
                return await self._ask(request, seconds or self.limits.operation, None)
            except CannotEstablish as error:
                return error

        async def every() -> list[Answer | CannotEstablish]:
            return await asyncio.gather(*(one(request) for request in requests.values()))

        return dict(zip(requests, asyncio.run(every()), strict=True))

    def ask_many(self, requests: Mapping[str, Request], *, connections: int) -> dict[str, Answer | CannotEstablish]:
        """As ``ask_all``, over so many connections that are kept open: for walks of hundreds of requests.

        Each request has the target's limit for one operation, counted from its own start.
        """

        async def every() -> list[Answer | CannotEstablish]:
            turn = asyncio.Semaphore(connections)
            async with self._client(None, self.limits.connect, connections) as client:

                async def one(request: Request) -> Answer | CannotEstablish:
                    async with turn:
                        try:
                            return await self._exchange(request, self.limits.operation, client)
                        except CannotEstablish as error:
                            return error

                return await asyncio.gather(*(one(request) for request in requests.values()))

        return dict(zip(requests, asyncio.run(every()), strict=True))

    async def _ask(self, request: Request, seconds: float, jar: httpx.Cookies | None) -> Answer:
        async with self._client(jar, min(self.limits.connect, seconds), 1) as client:
            answer = await self._exchange(request, seconds, client)
            if jar is not None:
                jar.update(client.cookies)
            return answer

    def _client(self, jar: httpx.Cookies | None, connect: float, connections: int) -> httpx.AsyncClient:
        import httpx

        transport = httpx.AsyncHTTPTransport(
            verify=self._trust(),
            trust_env=False,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            local_address=self._source,
            proxy=self._proxy,
        )
        return httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            cookies=jar,
            timeout=httpx.Timeout(None, connect=connect),
        )

    async def _exchange(self, request: Request, seconds: float, client: httpx.AsyncClient) -> Answer:
        import httpx

        exchange = Exchange(self.system, request, client_deadline(self.system, request.place, seconds))
        connect = min(self.limits.connect, seconds)
        try:
            async with asyncio.timeout(seconds):
                return await exchange.over(client)
        except TimeoutError:
            raise exchange.deadline.expired(exchange.state) from None
        except httpx.ConnectTimeout:
            limit = client_deadline(self.system, f"connecting for {request.place}", connect)
            raise limit.expired("neither accepted nor refused, or silent in the TLS handshake") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise exchange.typed(error) from error

    def _trust(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = tls.context(self.system, self._ca_file)
        return self._context


class Exchange:
    """One request on its way, and how far it has come: for this package's own clients."""

    def __init__(self, system: str, request: Request, deadline: Deadline) -> None:
        self.system, self.request, self.deadline = system, request, deadline
        self.state = "no answer yet"
        self.answering = False

    async def over(self, client: httpx.AsyncClient) -> Answer:
        """The complete answer. Raises httpx's errors."""
        request, began = self.request, time.monotonic()
        async with client.stream(
            request.method,
            request.url,
            headers={**({"Host": request.host} if request.host else {}), **request.headers},
            params=dict(request.params) or None,
            data=dict(request.form) if request.form is not None else None,
            content=request.content,
            extensions=_extensions(request),
        ) as response:
            self.answering = True
            tls_version = tls_version_of(response)
            body = await self.body_of(response)
        return Answer(
            response.status_code, dict(response.headers), body, round(time.monotonic() - began, 4), tls_version
        )

    async def body_of(self, response: httpx.Response) -> bytes:
        """All of the body; of server-sent events nothing. Raises ProtocolBroken for one that is far too long."""
        body = bytearray()
        async for piece in _pieces(response):
            body += piece
            self.state = f"HTTP {response.status_code} and {len(body)} bytes of its body"
            if len(body) > MAX_BODY:
                raise ProtocolBroken(self.system, f"{self.request.place}: a body of more than {MAX_BODY} bytes")
        return bytes(body)

    def typed(self, error: Exception) -> CannotEstablish:
        """The error of golive's own for one of httpx or the operating system."""
        import httpx

        place = self.request.place
        wrong = _find(error, ssl.SSLError)
        if wrong is not None and not isinstance(wrong, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return tls.failed(self.system, urlsplit(self.request.url).netloc, wrong)
        if isinstance(error, httpx.NetworkError | OSError) and not self.answering:
            return Unreachable(
                self.system, f"{place}: {plainest(error)}", hint=f"is the server up, and may this host reach {place}?"
            )
        if isinstance(error, httpx.RemoteProtocolError) and "without sending a response" in str(error):
            return Unreachable(
                self.system, f"{place}: closed the connection without an answer", hint="the server's own log says why"
            )
        return ProtocolBroken(
            self.system,
            f"{place}: {plainest(error)}; seen so far: {self.state}",
            hint="is it the right port and scheme?",
        )


def _extensions(request: Request) -> dict[str, Any]:
    target = {"target": request.raw_path.encode()} if request.raw_path else {}
    return {**target, **({"sni_hostname": request.host.partition(":")[0]} if request.host else {})}


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body; of a stream of server-sent events nothing, since it has no end."""
    if not response.headers.get("content-type", "").startswith(EVENT_STREAM):
        async for piece in response.aiter_bytes():
            yield piece


def tls_version_of(response: httpx.Response) -> str:
    """The version of TLS that the answer came over, for instance ``TLSv1.3``; empty without."""
    stream = response.extensions.get("network_stream")
    secured = stream.get_extra_info("ssl_object") if stream is not None else None
    return secured.version() or "" if secured is not None else ""


def _find(error: BaseException | None, kind: type[ssl.SSLError]) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
