"""The addresses that a public host has: by the target's recursive server, or by this system where it names none."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from golive.clients.handshake import Place
from golive.clients.http import Request
from golive.clients.name_server import NameServer
from golive.errors import Unreachable
from golive.target import Target

SYSTEM = "edge"


def addresses_of(target: Target, host: str, port: int) -> tuple[Place, ...]:
    """Every one, IPv4 and IPv6. Raises Unreachable where there is none."""
    if target.dns is not None:
        server = NameServer(target.dns.recursive, target.limits)
        found = server.ask(host, "A").values | server.ask(host, "AAAA").values
    else:
        found = _by_system(host)
    if not found:
        raise Unreachable(SYSTEM, f"{host} resolves to no address", hint="infrastructure.dns looks at its records")
    ordered = sorted(found, key=lambda address: (ip_address(address).version, address))
    return tuple(Place(host, address, port) for address in ordered)


def at(place: Place, url: str, **more: str) -> Request:
    """A request for that URL, sent to that very address of its host. ``more`` are headers."""
    parts = urlsplit(url)
    address = f"[{place.address}]" if ":" in place.address else place.address
    return Request(
        urlunsplit(parts._replace(netloc=f"{address}:{place.port}")),
        headers={name.replace("_", "-"): value for name, value in more.items()},
        host=parts.netloc,
    )


def _by_system(host: str) -> frozenset[str]:
    try:
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except OSError as error:
        raise Unreachable(SYSTEM, f"{host} does not resolve: {error.strerror}", hint="is the name right?") from error
