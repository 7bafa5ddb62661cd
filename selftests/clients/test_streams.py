"""A stream that is open: its messages, every way in which it may end, and the client's own cut."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from functools import partial

import pytest
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side
from websockets.utils import accept_key

from golive.clients.http import Request
from golive.clients.streams import Heard, Kind, Patience, StreamClient
from golive.errors import ProtocolBroken
from golive.target.model import Limits
from selftests.clients.peers import GARBAGE, Behaviour, peer, serving, timed

LIMITS = Limits(connect=1, operation=1, health=1, item=10)
SHORT = Patience(0.3, 0.3)
SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Release: R1\r\n\r\n"
EVENT = b'id: 7\nevent: price\ndata: {"a":\ndata: 1}\n\n'
Then = Callable[[socket.socket, threading.Event], None]


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """What listening imports at its first use is imported: seconds of that are not the deadline's."""
    kinds: tuple[Kind, ...] = ("websocket", "sse")
    for kind in kinds:
        with peer("closes") as port:
            timed(partial(listen, port, kind))


def listen(port: int, kind: Kind, patience: Patience = SHORT) -> Heard:
    return StreamClient("gateway", LIMITS, None).listen(kind, Request(f"http://127.0.0.1:{port}/stream"), patience)


def request_on(connection: socket.socket) -> str:
    """The head of the request, however many pieces it comes in."""
    head = b""
    while b"\r\n\r\n" not in head and (piece := connection.recv(65_536)):
        head += piece
    return head.decode()


def websocket(then: Then) -> Behaviour:
    """A peer that opens a WebSocket and goes on as told."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        asked = request_on(connection)
        (key,) = re.findall(r"(?i)sec-websocket-key: (\S+)", asked)
        answer = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + answer.encode())
        then(connection, over)

    return behave


def sse(then: Then) -> Behaviour:
    """A peer that opens a stream of server-sent events and goes on as told."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        request_on(connection)
        connection.sendall(SSE)
        then(connection, over)

    return behave


def sends(*pieces: bytes, stay: bool = True) -> Then:
    def then(connection: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)
        if stay:
            over.wait(3)

    return then


def text(said: str, *, fin: bool = True, opcode: Opcode = Opcode.TEXT) -> bytes:
    return Frame(opcode, said.encode(), fin).serialize(mask=False)


def test_messages_in_pieces_and_among_pings_are_whole() -> None:
    pieces = (text('{"a"', fin=False), text("", opcode=Opcode.PING), text(":1}", opcode=Opcode.CONT), text("second"))
    with serving(websocket(sends(*pieces))) as port:
        heard = listen(port, "websocket")
    assert [message.text for message in heard.messages] == ['{"a":1}', "second"]
    assert (heard.opening.status, heard.is_stream, heard.end) == (101, True, "cut by the suite")


def test_server_sent_events_have_ids_and_comments_are_none() -> None:
    with serving(sse(sends(b": live\n\n", EVENT[:9], EVENT[9:]))) as port:
        heard = listen(port, "sse")
    assert [(message.id, message.text) for message in heard.messages] == [("7", '{"a":\n1}')]
    assert (heard.opening.headers["x-release"], heard.end) == ("R1", "cut by the suite")


@pytest.mark.parametrize(("count", "most"), [(1, 3.0), (5, 0.6)])
def test_patience_ends_after_the_least_time_where_enough_came_and_after_the_most_otherwise(
    count: int, most: float
) -> None:
    with serving(websocket(sends(text("one")))) as port:
        took = timed(lambda: listen(port, "websocket", Patience(0.2, most, count)))
    assert took.own < (1.0 if count == 1 else most + 0.5)
    assert took.seconds >= (0.2 if count == 1 else most)


@pytest.mark.parametrize("kind", ["websocket", "sse"])
def test_a_refusal_is_an_answer_with_its_body(kind: Kind) -> None:
    def refuse(connection: socket.socket, over: threading.Event) -> None:
        request_on(connection)
        connection.sendall(b'HTTP/1.1 403 Forbidden\r\nContent-Length: 14\r\n\r\n{"code": "no"}')

    with serving(refuse) as port:
        heard = listen(port, kind)
    assert (heard.is_stream, heard.opening.status, heard.opening.json()) == (False, 403, {"code": "no"})


def test_an_ordinary_answer_is_no_stream() -> None:
    def answer(connection: socket.socket, over: threading.Event) -> None:
        request_on(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

    with serving(answer) as port:
        assert [listen(port, kind).is_stream for kind in ("websocket", "sse")] == [False, False]


def test_a_server_that_closes_says_so() -> None:
    server = Protocol(Side.SERVER)
    server.send_close(CloseCode.GOING_AWAY, "bye")
    with serving(websocket(sends(text("one"), *server.data_to_send()))) as port:
        heard = listen(port, "websocket", Patience(2, 2))
    assert (len(heard.messages), heard.end) == (1, "closed by the server: 1001 (going away) bye")
    with serving(sse(sends(EVENT, stay=False))) as port:
        heard = listen(port, "sse", Patience(2, 2))
    assert (len(heard.messages), heard.end) == (1, "closed by the server")


def wrong_key(connection: socket.socket, over: threading.Event) -> None:
    request_on(connection)
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: c29tZXRoaW5nIGVsc2U=\r\n\r\n"
    )
    over.wait(3)


BROKEN: dict[str, tuple[Kind, Behaviour]] = {
    "lost without a closing frame": ("websocket", websocket(sends(text("one"), stay=False))),
    "lost in the middle of a frame": ("websocket", websocket(sends(text("one")[:3], stay=False))),
    "garbage in place of frames": ("websocket", websocket(sends(GARBAGE))),
    "another one's WebSocket": ("websocket", wrong_key),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_stream_that_breaks_is_a_typed_error(how: str) -> None:
    kind, behaviour = BROKEN[how]
    with serving(behaviour) as port:
        took = timed(lambda: listen(port, kind, Patience(2, 2)))
    assert isinstance(took.error, ProtocolBroken), repr(took.error)
    assert took.error.hint
    assert took.own < LIMITS.operation + 0.5


def test_of_several_listeners_those_who_are_cut_off_have_what_came_before() -> None:
    with serving(websocket(sends(text("one"), stay=False))) as port:
        asked = Request(f"http://127.0.0.1:{port}/stream")
        heard = StreamClient("gateway", LIMITS, None).listen_together("websocket", asked, Patience(1, 1), 3)
    assert [[message.text for message in each.messages] for each in heard] == [["one"]] * 3
    assert [each.end.startswith("lost: ") and "without a closing frame" in each.end for each in heard] == [True] * 3


@pytest.mark.parametrize("kind", ["websocket", "sse"])
def test_an_open_stream_that_says_nothing_or_drips_is_silent_and_ends_in_time(kind: Kind) -> None:
    opened = websocket if kind == "websocket" else sse

    def drips(connection: socket.socket, over: threading.Event) -> None:
        for byte in text("x" * 100) if kind == "websocket" else EVENT:
            connection.sendall(bytes([byte]))
            if over.wait(0.1):
                return

    for then in (sends(), drips):
        with serving(opened(then)) as port:
            took = timed(lambda: _nothing(listen(port, kind)))
        assert took.error is None
        assert took.own < SHORT.most + 0.5


def _nothing(heard: Heard) -> None:
    assert (heard.messages, heard.end) == ((), "cut by the suite")


@pytest.mark.parametrize("kind", ["websocket", "sse"])
def test_the_cut_is_one_of_the_connection_without_a_word(kind: Kind) -> None:
    met: list[object] = []
    done = threading.Event()

    def watch(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(text("one") if kind == "websocket" else EVENT)
        try:
            met.append(connection.recv(100))
        except OSError as error:
            met.append(type(error))
        done.set()

    with serving((websocket if kind == "websocket" else sse)(watch)) as port:
        listen(port, kind)
        assert done.wait(2)
    assert met == [ConnectionResetError]
