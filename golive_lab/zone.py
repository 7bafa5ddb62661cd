"""The lab's public names: what its authoritative name servers say of them."""

from __future__ import annotations

from typing import Final

from golive_lab.edge_settings import ADDRESSES

ORIGIN: Final = "example.test"
PUBLIC: Final = ("hub.example.test", "api.example.test")
"""The hosts that customers know; both are the edge."""
TTL: Final = 60
OLD: Final = "127.0.1.77"
OLD_V6: Final = "2001:db8::77"
"""Where the hosts were before."""


def zone(options: frozenset[str], server: int) -> str:
    """The zone as server 1 or 2 has it, in a master file's words."""
    stale = "all_stale" in options or ("stale_second" in options and server == 2)  # noqa: PLR2004 - the second one
    addresses = (OLD,) if stale else ADDRESSES
    ttl = 86_400 if "long_ttl" in options else TTL
    lines = [
        f"{ORIGIN}. 3600 IN SOA ns1.{ORIGIN}. hostmaster.{ORIGIN}. {1 if stale else 2} 3600 600 604800 60",
        f"{ORIGIN}. 3600 IN NS ns1.{ORIGIN}.",
        f"{ORIGIN}. 3600 IN NS ns2.{ORIGIN}.",
        f'{ORIGIN}. {ttl} IN CAA 0 issue "ca.{ORIGIN}"',
        f"www.{ORIGIN}. {ttl} IN CNAME hub.{ORIGIN}.",
        *(f"hub.{ORIGIN}. {ttl} IN A {address}" for address in addresses),
    ]
    if "stale_v6" in options:
        lines.append(f"hub.{ORIGIN}. {ttl} IN AAAA {OLD_V6}")
    if "api_missing" not in options:
        lines += [f"api.{ORIGIN}. {ttl} IN A {address}" for address in addresses]
    return "\n".join(lines) + "\n"
