"""Sets of IP networks: which of them let everybody in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

Network = IPv4Network | IPv6Network


def open_to_all(networks: Iterable[Network]) -> frozenset[Network]:
    """The largest of these networks where together they hold half of all addresses of their kind, or more.

    ``0.0.0.0/0`` is the plain case; two halves of it, or its four quarters, are the same list written otherwise. Half
    is enough: no list of somebody's own networks is that large.
    """
    found: set[Network] = set()
    kinds: tuple[list[IPv4Network], list[IPv6Network]] = ([], [])
    for network in networks:
        if isinstance(network, IPv4Network):
            kinds[0].append(network)
        else:
            kinds[1].append(network)
    if sum(one.num_addresses for one in collapse_addresses(kinds[0])) * 2 >= 2**32:
        found |= _largest(kinds[0])
    if sum(one.num_addresses for one in collapse_addresses(kinds[1])) * 2 >= 2**128:
        found |= _largest(kinds[1])
    return frozenset(found)


def _largest(networks: Iterable[Network]) -> set[Network]:
    listed = list(networks)
    shortest = min(network.prefixlen for network in listed)
    return {network for network in listed if network.prefixlen == shortest}
