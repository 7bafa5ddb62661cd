"""NetworkPolicies, evaluated: against a naive reading, and what is read of a pod."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.errors import ProtocolBroken
from golive.facts.network_policy import DIRECTIONS, End, Outsider, Pod, Policies, pod_of
from golive.facts.port_set import EVERY, PROTOCOLS, PortSet
from selftests.unit.policies import IN_PODS, NAMESPACES, OUTSIDE, POLICIES, SOME, reaches

Thing = dict[str, Any]
TRIED = [(protocol, port) for protocol in PROTOCOLS for port in (1, 53, 79, 80, 81, 82, 8000, 9000, 9001, 65535)]
"""Ports on both sides of every edge that the made-up rules have."""


def end(thing: Thing) -> End:
    """What golive makes of an end that was made up."""
    address = ip_address(thing["ip"])
    if thing["namespace"] is None:
        return Outsider(address, thing["ip"])
    space = thing["namespace"]
    labels = NAMESPACES[space]
    return Pod(space, "p", thing["labels"], labels, (address,), tuple(thing["ports"]), bool(thing["host"]))


ENDS = IN_PODS | OUTSIDE


@settings(max_examples=400, deadline=None)
@given(SOME, ENDS, ENDS)
def test_every_connection_is_judged_as_a_naive_reading_does(policies: list[Thing], a: Thing, b: Thing) -> None:
    allowed = Policies.read(policies).allowed(end(a), end(b))
    assert {port: port in allowed for port in TRIED} == {port: reaches(policies, a, b, *port) for port in TRIED}


@settings(deadline=None)
@given(SOME, POLICIES, IN_PODS, IN_PODS)
def test_a_further_policy_takes_nothing_from_pods_that_were_isolated(
    policies: list[Thing], further: Thing, a: Thing, b: Thing
) -> None:
    before, after, source, destination = Policies.read(policies), Policies.read([*policies, further]), end(a), end(b)
    assert isinstance(source, Pod)
    assert isinstance(destination, Pod)
    if before.isolated(source, "egress") and before.isolated(destination, "ingress"):
        assert not before.allowed(source, destination) - after.allowed(source, destination)


@settings(deadline=None)
@given(SOME, ENDS, ENDS)
def test_neither_order_nor_repetition_matters(policies: list[Thing], a: Thing, b: Thing) -> None:
    source, destination = end(a), end(b)
    allowed = Policies.read(policies).allowed(source, destination)
    assert Policies.read([*reversed(policies), *policies]).allowed(source, destination) == allowed


@settings(deadline=None)
@given(SOME, ENDS, ENDS)
def test_both_ends_must_allow(policies: list[Thing], a: Thing, b: Thing) -> None:
    judged, source, destination = Policies.read(policies), end(a), end(b)
    sides = [judged.one_way(source, destination, each) for each in DIRECTIONS]
    assert judged.allowed(source, destination) == sides[0] & sides[1]


@settings(deadline=None)
@given(SOME, ENDS, IN_PODS)
def test_a_pod_that_no_policy_selects_is_open(policies: list[Thing], a: Thing, b: Thing) -> None:
    judged, destination = Policies.read(policies), end(b)
    assert isinstance(destination, Pod)
    if not judged.isolated(destination, "ingress"):
        assert judged.one_way(end(a), destination, "ingress") == EVERY


RANGES = st.lists(
    st.tuples(st.sampled_from(PROTOCOLS), st.integers(1, 40), st.integers(0, 9)).map(
        lambda r: (r[0], r[1], r[1] + r[2])
    ),
    max_size=6,
)


@given(RANGES, RANGES)
def test_sets_of_ports_are_sets(a: list[tuple[str, int, int]], b: list[tuple[str, int, int]]) -> None:
    def plain(ranges: list[tuple[str, int, int]]) -> set[tuple[str, int]]:
        return {(protocol, port) for protocol, first, last in ranges for port in range(first, last + 1)}

    one, other = PortSet.of(a), PortSet.of(b)
    assert plain(list((one | other).ranges)) == plain(a) | plain(b)
    assert plain(list((one & other).ranges)) == plain(a) & plain(b)
    assert plain(list((one - other).ranges)) == plain(a) - plain(b)
    assert (one == other) == (plain(a) == plain(b))
    assert one.complement.complement == one
    assert one | one.complement == EVERY


def test_a_pod_is_read_with_the_ports_of_its_sidecars_and_all_its_addresses() -> None:
    ports = [{"name": "http", "containerPort": 8080}, {"containerPort": 53, "protocol": "UDP"}]
    sidecar = {"name": "s", "restartPolicy": "Always", "ports": [{"name": "admin", "containerPort": 15000}]}
    first = {"name": "i", "ports": [{"name": "never", "containerPort": 1}]}
    pod = {
        "metadata": {"namespace": "x", "name": "a", "labels": {"pod": "a"}},
        "spec": {"containers": [{"name": "c", "ports": ports}], "initContainers": [first, sidecar]},
        "status": {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]},
    }
    read = pod_of(pod, NAMESPACES["x"])
    assert read.ports == (("http", "TCP", 8080), ("", "UDP", 53), ("admin", "TCP", 15000))
    assert read.addresses == (ip_address("10.0.0.1"), ip_address("fd00::1"))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Like"}]}}, "operator Like"),
        ({"podSelector": {}, "ingress": [{"from": [{}]}]}, "names nobody"),
        ({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "all"}}]}]}, "x/p"),
    ],
)
def test_what_no_api_server_would_have_taken_is_refused(spec: Thing, words: str) -> None:
    with pytest.raises(ProtocolBroken, match=words):
        Policies.read([{"metadata": {"namespace": "x", "name": "p"}, "spec": spec}])
