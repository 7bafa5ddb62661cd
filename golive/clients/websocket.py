"""WebSocket after and before HTTP: the handshake's headers, and the messages of a connection that is open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from golive.errors import CannotEstablish

if TYPE_CHECKING:
    from websockets.frames import Frame
    from websockets.protocol import Protocol

MAX_MESSAGE = 1 << 20
"""Bytes of one message."""
_PIECE = 1 << 16


def handshake() -> tuple[dict[str, str], str]:
    """The headers that ask for a WebSocket, and the Sec-WebSocket-Accept that must answer them."""
    from websockets.utils import accept_key, generate_key

    key = generate_key()
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }
    return headers, accept_key(key)


async def messages(
    stream: Any, broken: Callable[[str], CannotEstablish], closed: Callable[[str], None]
) -> AsyncIterator[str]:
    """The text of every message, until the peer closes: then ``closed`` is told code and reason.

    ``stream`` has httpcore's ``read`` and ``write``. Pings are answered. Raises what ``broken`` makes of words where
    the peer breaks the protocol or is gone without closing.
    """
    from websockets.frames import Opcode
    from websockets.protocol import Protocol, Side

    protocol, parts = Protocol(Side.CLIENT, max_size=MAX_MESSAGE), bytearray()
    while True:
        for frame in await _frames(stream, protocol, broken):
            if frame.opcode is Opcode.CLOSE:
                closed(str(protocol.close_rcvd or "without a code"))
                return
            if frame.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                parts += frame.data
                if frame.fin:
                    yield parts.decode("utf-8", errors="replace")
                    parts.clear()


async def _frames(stream: Any, protocol: Protocol, broken: Callable[[str], CannotEstablish]) -> list[Frame]:
    """The frames that the next bytes complete, which may be none."""
    data = await stream.read(_PIECE)
    if data:
        protocol.receive_data(data)
    else:
        protocol.receive_eof()
    frames: list[Frame] = protocol.events_received()  # type: ignore[assignment] # handshakes are events of subclasses
    for out in protocol.data_to_send():
        if out:
            await stream.write(out)
    if protocol.parser_exc is not None and not frames:
        gone = isinstance(protocol.parser_exc, EOFError)
        raise broken("was lost without a closing frame" if gone else f"broke the protocol: {protocol.parser_exc}")
    if not data and not frames:
        raise broken("was lost without a closing frame")
    return frames
