"""The live streams: a market's events as they come over Kafka, as server-sent events or over a WebSocket.

Each event carries where it stands in its topic (partition, offset), and an id from which a subscriber resumes: the
last offset of every partition, as ``0:17,1:9``. Whoever resumes gets all events after it, as far as they are kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from golive_lab.platform.access import OPERATION, Access
from golive_lab.platform.config import SYNTHETIC
from golive_lab.platform.faults import Faults
from golive_lab.platform.fields import renamed
from golive_lab.platform.tape import Event, Position, Tape
from golive_lab.platform.web import Problem

REPEATS_EVERY, SWAPS_EVERY = 5, 4
SKIPS_EVERY = {"stream_skips": 5, "synthetic_skips": 5, "stream_loses_six_percent": 16}
OF_THE_SYNTHETIC = frozenset({"synthetic_lags", "synthetic_skips"})
"""Faults that other markets' streams have not."""
LAG_SECONDS, SHORT_SECONDS = 6.0, 5.0


class Live:
    """Serves the tape to those who may have the market by the channel."""

    def __init__(self, access: Access, tape: Tape, faults: Faults, names: Mapping[str, str]) -> None:
        self._access, self._tape, self._faults, self._names = access, tape, faults, names

    async def sse(self, request: Request, channel: str, *, own_names: bool = False) -> Response:
        """``text/event-stream``; ``Last-Event-ID`` resumes. ``own_names``: fields as this code calls them."""
        names: Mapping[str, str] = {} if own_names else self._names
        market = await self._access.market(request, channel, request.path_params["market"])
        after = _position(request.headers.get("last-event-id"))

        async def body() -> AsyncIterator[str]:
            yield ": live\n\n"
            async for place, content in self._events(market, after):
                yield f"id: {place}\nevent: price\ndata: {json.dumps(renamed(content, names))}\n\n"

        return StreamingResponse(body(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def upgrade_required(self, request: Request) -> Response:
        """Plain HTTP on the WebSocket's path."""
        await self._access.market(request, "stream", request.path_params["market"])
        detail = "this path speaks WebSocket"
        raise Problem(HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", detail, {"Upgrade": "websocket"})

    async def websocket(self, socket: WebSocket) -> None:
        """JSON messages ``{"id": ..., "event": {...}}``; ``?after=ID`` resumes."""
        socket.scope[OPERATION] = "stream_ws"
        try:
            market = await self._access.market(socket, "stream", socket.path_params["market"])
            after = _position(socket.query_params.get("after"))
        except Problem as problem:
            await socket.send_denial_response(problem.response(self._names))
            return
        await socket.accept()
        gone = asyncio.create_task(_until_gone(socket))
        sending = asyncio.create_task(self._send(socket, market, after))
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        for task in (gone, sending):
            task.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)

    async def _send(self, socket: WebSocket, market: str, after: Position | None) -> None:
        async for place, content in self._events(market, after):
            await socket.send_text(json.dumps({"id": place, "event": renamed(content, self._names)}))

    async def _events(self, market: str, after: Position | None) -> AsyncIterator[tuple[str, Any]]:
        """Ids and contents, with whatever a fault does to them."""
        position = self._tape.position(market) if after is None else dict(after)
        resumed = None if "stream_forgets_position" in self._faults else after
        held: Event | None = None
        count, begun = 0, time.monotonic()
        async for event in self._tape.follow(market, {} if "stream_replays" in self._faults else resumed):
            count += 1
            if "stream_ends" in self._faults and time.monotonic() - begun > SHORT_SECONDS:
                return
            if self._has("stream_lags", market) or self._has("synthetic_lags", market):
                made = datetime.fromisoformat(event.content["event_time"]).timestamp()
                await asyncio.sleep(max(0.0, made + LAG_SECONDS - time.time()))
            if "stream_silent" in self._faults or self._skips(count, market):
                continue
            batch = [event, event] if "stream_repeats" in self._faults and count % REPEATS_EVERY == 0 else [event]
            if "stream_swaps" in self._faults:
                if held is None and count % SWAPS_EVERY == 0:
                    held = event
                    continue
                if held is not None and held.partition == event.partition:
                    batch, held = [event, held], None
            for each in batch:
                position[each.partition] = max(each.offset, position.get(each.partition, -1))
                yield ",".join(f"{part}:{last}" for part, last in sorted(position.items())), self._content(each)

    def _skips(self, count: int, market: str) -> bool:
        return any(count % every == 0 for fault, every in SKIPS_EVERY.items() if self._has(fault, market))

    def _has(self, fault: str, market: str) -> bool:
        return fault in self._faults and (market == SYNTHETIC or fault not in OF_THE_SYNTHETIC)

    def _content(self, event: Event) -> Any:
        content = {**event.content, "partition": event.partition, "offset": event.offset}
        if "stream_wrong_price" in self._faults:
            content["price"] += 1
        return content


def _position(text: str | None) -> Position | None:
    """The id of an event, read again. Raises Problem (400)."""
    if text is None:
        return None
    try:
        return {int(part): int(last) for part, _, last in (piece.partition(":") for piece in text.split(",") if piece)}
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_position", "resume from an event's own id") from error


async def _until_gone(connection: WebSocket) -> None:
    """Read, and drop, until the peer leaves: pings are answered meanwhile."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await connection.receive_text()
