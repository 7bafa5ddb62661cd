"""Where customers come in: public hosts, their DNS records, who is let in from where, and what is cached on the way."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from golive.target.base import HttpUrl, NonEmpty, Port, RoutePath, Section

HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$")]
Socket = Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:]+\]|[0-9.]+)(:\d{1,5})?$")]
"""An IP address, with a port where it is not DNS's own: ``192.0.2.1:53``, ``[2001:db8::1]:53``."""
Network = IPv4Network | IPv6Network


class Edge(Section):
    """The public hosts, each looked at on every address that it resolves to."""

    hosts: Annotated[tuple[HostName, ...], Field(min_length=1)]
    https_port: Port = 443
    http_port: Port = 80
    certificate: Path | None = None
    """PEM of what must be served: where the certificate's source (cert-manager's secret, mounted) has put it.

    Where hosts or kinds of keys have certificates of their own, all of them in one file.
    """
    min_days: Annotated[float, Field(gt=0)] = 21
    """Left until the certificate ends."""
    min_hsts: Annotated[int, Field(ge=1)] = 31_536_000
    """Seconds: ``max-age`` of Strict-Transport-Security; a year."""


class DnsRecord(Section):
    """What a name must have of one type."""

    name: HostName
    type: Literal["A", "AAAA", "CNAME", "MX", "TXT", "CAA", "NS"] = "A"
    values: Annotated[frozenset[NonEmpty], Field(min_length=1)]
    """As a zone's master file writes them, names with their final dot."""


class Dns(Section):
    """The records of the public names, and the servers that must all agree on them."""

    authoritative: Annotated[tuple[Socket, ...], Field(min_length=1)]
    recursive: Socket
    max_ttl: Annotated[int, Field(ge=1)] = 300
    """Seconds: how long a cut-over may be overlooked."""
    records: Annotated[tuple[DnsRecord, ...], Field(min_length=1)]


class Vantage(Section):
    """From where a call is made: an address of this host, or a proxy that goes out elsewhere."""

    source: NonEmpty | None = None
    proxy: HttpUrl | None = None


class Haproxy(Section):
    """The runtime API of the HAProxy that enforces the list, at level user or above, which may only show it."""

    host: NonEmpty
    port: Port
    acl: NonEmpty
    """A part of what ``show acl`` says of the list: its file's name, for instance."""


class Allowlist(Section):
    """One path that only some networks may see."""

    url: HttpUrl
    cidrs: Annotated[frozenset[Network], Field(min_length=1)]
    haproxy: Haproxy
    egress: HttpUrl
    """Answers, as text, with the address that it was asked from; on the same edge, and open to all."""
    origin: HttpUrl
    """The same path, straight at what stands behind the edge."""
    inside: Vantage
    outside: Vantage
    refusal: Annotated[int, Field(ge=400, le=499)] = 403


class Cdn(Section):
    """What is cached on the way to customers, and what never is."""

    assets: Annotated[tuple[RoutePath, ...], Field(min_length=1)]
    private: Annotated[tuple[RoutePath, ...], Field(min_length=1)]
    """Routes whose answers are one customer's own."""
    host: HostName
    hit_header: NonEmpty = "X-Cache"
    hit: NonEmpty = "HIT"
    """What that header contains where the answer came out of the cache."""
    origin: HttpUrl
    """Straight at what stands behind it, with the path of an asset; must refuse."""
