"""Many requests over few connections: paths as written, streams without end, an error in the place of its answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from golive.clients.http import Answer, HttpClient, Request
from golive.errors import TimedOut
from golive.target.model import Limits
from selftests.clients.peers import serving

LIMITS = Limits(connect=1, operation=1)


class Server:
    """Answers every request on a connection, one after the other, and remembers what was asked."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.connections = 0
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket, over: threading.Event) -> None:
        with self._lock:
            self.connections += 1
        with connection.makefile("rb") as told:
            while line := told.readline().decode():
                self.lines.append(line.rsplit(" ", 1)[0])
                while told.readline() not in {b"\r\n", b""}:
                    pass
                self._answer(connection, line, over)

    def _answer(self, connection: socket.socket, line: str, over: threading.Event) -> None:
        if "/mute" in line:
            over.wait(5)
        if "/slow" in line:
            over.wait(0.1)
        head = b"HTTP/1.1 200 OK\r\n"
        if "/stream" in line:
            connection.sendall(head + b"Content-Type: text/event-stream\r\n\r\n: live\n\n")
            over.wait(5)
            return
        body = line.encode()
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


@contextmanager
def server() -> Iterator[tuple[Server, str]]:
    known = Server()
    with serving(known) as port:
        yield known, f"http://127.0.0.1:{port}"


def test_answers_come_under_their_names_over_no_more_connections_than_allowed() -> None:
    with server() as (known, base):
        asked = {str(n): Request(f"{base}/{n}") for n in range(40)}
        answers = HttpClient("gateway", LIMITS, None).ask_many(asked, connections=3)
    assert {name: a.text.split()[1] for name, a in answers.items() if isinstance(a, Answer)} == {
        str(n): f"/{n}" for n in range(40)
    }
    assert 1 <= known.connections <= 3


@pytest.mark.parametrize("path", ["//a", "/a/./b", "/%61", "/A;x=1", "/a/?q=1"])
def test_a_path_goes_out_as_it_is_written(path: str) -> None:
    with server() as (known, base):
        HttpClient("gateway", LIMITS, None).ask_many({"x": Request(f"{base}/a", raw_path=path)}, connections=1)
    assert known.lines == [f"GET {path}"]


def test_of_a_stream_the_head_is_the_answer_and_a_mute_one_is_an_error_in_its_place() -> None:
    with server() as (_, base):
        asked = {name: Request(f"{base}/{name}") for name in ("stream", "mute", "plain")}
        answers = HttpClient("gateway", LIMITS, None).ask_many(asked, connections=3)
    stream, mute, plain = (answers[name] for name in asked)
    assert isinstance(stream, Answer)
    assert (stream.status, stream.body) == (200, b"")
    assert isinstance(mute, TimedOut)
    assert isinstance(plain, Answer)


def test_a_request_has_its_whole_time_from_its_own_turn_on() -> None:
    with server() as (_, base):
        asked = {str(n): Request(f"{base}/slow/{n}") for n in range(15)}
        answers = HttpClient("gateway", LIMITS, None).ask_many(asked, connections=1)
    assert {type(each) for each in answers.values()} == {Answer}
