"""Which lists of networks let everybody in, however they are written."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.facts.networks import open_to_all

SMALL = st.builds(
    lambda address, length: IPv4Network((address >> (32 - length) << (32 - length), length)),
    st.integers(0, 2**32 - 1),
    st.integers(8, 32),
)


@pytest.mark.parametrize(
    "networks",
    [
        ["0.0.0.0/0"],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
        ["128.0.0.0/1"],
        ["::/0"],
        ["::/1", "8000::/1"],
        ["192.0.2.0/24", "::/0"],
    ],
)
def test_everybody_is_let_in_also_by_halves(networks: list[str]) -> None:
    assert open_to_all(ip_network(one) for one in networks)


@given(st.lists(SMALL, max_size=100))
def test_lists_of_somebodys_own_networks_are_not_open(networks: list[IPv4Network]) -> None:
    assert open_to_all(networks) == frozenset()


@given(st.integers(1, 6), st.lists(SMALL, max_size=5))
def test_all_parts_of_everything_are_open(length: int, more: list[IPv4Network]) -> None:
    parts = list(IPv4Network("0.0.0.0/0").subnets(new_prefix=length))
    assert open_to_all([*parts, *more]) == frozenset(parts)


def test_networks_within_each_other_are_not_counted_twice() -> None:
    nested = [IPv4Network((0, length)) for length in range(2, 32)]
    assert open_to_all(nested) == frozenset()
    assert open_to_all([IPv6Network("2001:db8::/32")]) == frozenset()
