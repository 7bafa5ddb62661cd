"""The proxy of the lab's network faults gives its port back."""

from __future__ import annotations

import socket

from golive_lab.fault_proxy import FaultProxy


def an_upstream() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_its_port_can_be_taken_as_soon_as_it_has_ended() -> None:
    with an_upstream() as upstream:
        for _ in range(20):
            with FaultProxy(upstream.getsockname()) as proxy:
                pass
            with socket.socket() as server:  # without SO_REUSEADDR, as some servers bind
                server.bind(("127.0.0.1", proxy.port))
                server.listen()


def test_what_it_served_is_cut_off() -> None:
    with an_upstream() as upstream:
        with FaultProxy(upstream.getsockname()) as proxy:
            client = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
            server, _ = upstream.accept()
            client.sendall(b"asked")
            assert server.recv(5) == b"asked"
        with client, server:
            assert client.recv(1) == b""
