"""NetworkPolicies, evaluated: against Kubernetes' published rules and upstream's own test cases."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from golive.facts.network_policy import DIRECTIONS, Outsider, Pod, Policies
from golive.facts.port_set import EVERY, PROTOCOLS
from selftests.unit.policies import NAMESPACES, PORTS

Thing = dict[str, Any]

# What upstream's tests expect: kubernetes v1.37, test/e2e/network/netpol/network_policy.go, by their titles. There,
# pods a, b and c in namespaces x, y and z serve ports 80 and 81 by TCP, UDP and SCTP.

A, B, C = ({"matchLabels": {"pod": each}} for each in "abc")
EVERYBODY: Thing = {}
SPACE_Y, SPACE_Z = ({"matchLabels": {"ns": each}} for each in "yz")
SERVED = tuple((f"serve-{port}-{protocol.lower()}", protocol, port) for port in (80, 81) for protocol in PROTOCOLS)
CLUSTER = {
    f"{space}/{name}": Pod(space, name, {"pod": name}, labels, (ip_address(f"10.0.{ord(space)}.{ord(name)}"),), SERVED)
    for space, labels in NAMESPACES.items()
    for name in "abc"
}
ALL = frozenset(CLUSTER)
OF_X = frozenset(name for name in ALL if name.startswith("x/"))


def into(*froms: Thing, ports: list[Thing] | None = None, to: Thing = A, space: str = "x") -> Thing:
    """A policy of that namespace that lets these in to the pods selected."""
    rule = ({"from": list(froms)} if froms else {}) | ({"ports": ports} if ports else {})
    return {"metadata": {"namespace": space, "name": "in"}, "spec": {"podSelector": to, "ingress": [rule]}}


def out(*tos: Thing, ports: list[Thing] | None = None, of: Thing = A, space: str = "x") -> Thing:
    """A policy of that namespace that lets the pods selected out to these."""
    rule = ({"to": list(tos)} if tos else {}) | ({"ports": ports} if ports else {})
    spec = {"podSelector": of, "policyTypes": ["Egress"], "egress": [rule]}
    return {"metadata": {"namespace": space, "name": "out"}, "spec": spec}


def denied(*kinds: str, of: Thing = EVERYBODY, space: str = "x") -> Thing:
    """A policy without rules."""
    return {"metadata": {"namespace": space, "name": "deny"}, "spec": {"podSelector": of, "policyTypes": list(kinds)}}


def among(key: str, *values: str) -> Thing:
    return {"matchExpressions": [{"key": key, "operator": "In", "values": list(values)}]}


BLOCK_OF_Y = {"ipBlock": {"cidr": "10.0.121.0/24"}}
INGRESS: dict[str, tuple[list[Thing], frozenset[str]]] = {
    "should support a 'default-deny-ingress' policy": ([denied("Ingress")], frozenset()),
    "should support a 'default-deny-all' policy": ([denied("Ingress", "Egress")], frozenset()),
    "should enforce policy to allow traffic from pods within server namespace based on PodSelector": (
        [into({"podSelector": B})],
        frozenset({"x/b"}),
    ),
    "should enforce policy to allow ingress traffic for a target": ([denied("Ingress"), into()], ALL),
    "should enforce policy to allow ingress traffic from pods in all namespaces": (
        [into({"namespaceSelector": EVERYBODY})],
        ALL,
    ),
    "should enforce policy to allow traffic only from a different namespace, based on NamespaceSelector": (
        [into({"namespaceSelector": SPACE_Y})],
        frozenset({"y/a", "y/b", "y/c"}),
    ),
    "should enforce policy based on PodSelector with MatchExpressions": (
        [into({"podSelector": among("pod", "b")})],
        frozenset({"x/b"}),
    ),
    "should enforce policy based on NamespaceSelector with MatchExpressions": (
        [into({"namespaceSelector": among("ns", "y")})],
        frozenset({"y/a", "y/b", "y/c"}),
    ),
    "should enforce policy based on PodSelector or NamespaceSelector": (
        [into({"namespaceSelector": SPACE_Y}, {"podSelector": B})],
        frozenset({"y/a", "y/b", "y/c", "x/b"}),
    ),
    "should enforce policy based on PodSelector and NamespaceSelector": (
        [into({"namespaceSelector": SPACE_Y, "podSelector": B})],
        frozenset({"y/b"}),
    ),
    "should enforce policy based on Multiple PodSelectors and NamespaceSelectors": (
        [into({"namespaceSelector": among("ns", "y", "z"), "podSelector": among("pod", "b", "c")})],
        frozenset({"y/b", "y/c", "z/b", "z/c"}),
    ),
    "should enforce policy based on any PodSelectors": (
        [into(*({"namespaceSelector": EVERYBODY, "podSelector": each} for each in (B, C)))],
        frozenset({"x/b", "x/c", "y/b", "y/c", "z/b", "z/c"}),
    ),
    "should deny ingress from pods on other namespaces": ([into({"podSelector": EVERYBODY}, to=EVERYBODY)], OF_X),
    "should enforce multiple ingress policies with ingress allow-all policy taking precedence": (
        [into({"podSelector": B}, ports=[{"port": 80}]), into()],
        ALL,
    ),
}


@pytest.mark.parametrize("title", INGRESS)
def test_upstreams_cases_of_who_reaches_a_pod(title: str) -> None:
    policies, expected = INGRESS[title]
    judged = Policies.read(policies)
    found = {name for name, pod in CLUSTER.items() if judged.allowed(pod, CLUSTER["x/a"]) and name != "x/a"}
    assert found == expected - {"x/a"}


EGRESS: dict[str, tuple[list[Thing], frozenset[str]]] = {
    "should deny egress from pods based on PodSelector": ([denied("Egress", of=A)], frozenset()),
    "should deny egress from all pods in a namespace": ([denied("Egress")], frozenset()),
    "should support denying of egress traffic on the client side (even if the server explicitly allows it)": (
        [
            out({"namespaceSelector": SPACE_Y, "podSelector": A}),
            into({"namespaceSelector": {"matchLabels": {"ns": "x"}}}, to=among("pod", "a", "b"), space="y"),
        ],
        frozenset({"y/a"}),
    ),
    "should enforce egress policy allowing traffic to a server in a different namespace": (
        [out({"namespaceSelector": SPACE_Y, "podSelector": A})],
        frozenset({"y/a"}),
    ),
    "should enforce multiple egress policies with egress allow-all policy taking precedence": (
        [out(ports=[{"port": 80}]), out()],
        ALL,
    ),
    "should allow egress access to server in CIDR block": ([out(BLOCK_OF_Y)], frozenset({"y/a", "y/b", "y/c"})),
    "should enforce except clause while egress access to server in CIDR block": (
        [out({"ipBlock": {"cidr": "10.0.121.0/24", "except": ["10.0.121.98/32"]}})],
        frozenset({"y/a", "y/c"}),
    ),
    "should ensure an IP overlapping both IPBlock.CIDR and IPBlock.Except is allowed": (
        [
            out({"ipBlock": {"cidr": "10.0.121.0/24", "except": ["10.0.121.98/32"]}}),
            out({"ipBlock": {"cidr": "10.0.121.98/32"}}),
        ],
        frozenset({"y/a", "y/b", "y/c"}),
    ),
}


@pytest.mark.parametrize("title", EGRESS)
def test_upstreams_cases_of_whom_a_pod_reaches(title: str) -> None:
    policies, expected = EGRESS[title]
    judged = Policies.read(policies)
    found = {name for name, pod in CLUSTER.items() if judged.allowed(CLUSTER["x/a"], pod) and name != "x/a"}
    assert found == expected - {"x/a"}


PORT_CASES: dict[str, tuple[list[Thing], str]] = {
    "should enforce policy based on Ports": ([into(ports=[{"port": 81}])], "81/TCP"),
    "should enforce multiple, stacked policies with overlapping podSelectors": (
        [into(ports=[{"port": 80}]), into(ports=[{"port": 81}])],
        "80-81/TCP",
    ),
    "should support allow-all policy": ([into(to=EVERYBODY)], "every port"),
    "should allow ingress access on one named port": ([into(ports=[{"port": "serve-81-tcp"}])], "81/TCP"),
    "should not allow all ports if it cannot limit to the requested port": (
        [into(ports=[{"port": 12345}])],
        "12345/TCP",
    ),
    "should enforce ingress policy allowing any port traffic to a server on a specific protocol": (
        [into(ports=[{"protocol": "UDP"}])],
        "all/UDP",
    ),
    "should not mistakenly treat 'protocol: SCTP' as 'protocol: TCP'": (
        [into(ports=[{"protocol": "SCTP", "port": 81}])],
        "81/SCTP",
    ),
    "should properly isolate pods that are selected by a policy allowing SCTP": (
        [denied("Ingress"), into(ports=[{"protocol": "SCTP", "port": 80}])],
        "80/SCTP",
    ),
    "should not allow access by TCP when a policy specifies only UDP": (
        [into(ports=[{"protocol": "UDP", "port": 81}])],
        "81/UDP",
    ),
    "endPort (API reference): the range is inclusive": ([into(ports=[{"port": 80, "endPort": 90}])], "80-90/TCP"),
    "a named port of another protocol is none": (
        [into(ports=[{"protocol": "UDP", "port": "serve-81-tcp"}])],
        "no port",
    ),
}


@pytest.mark.parametrize("title", PORT_CASES)
def test_upstreams_cases_of_ports(title: str) -> None:
    policies, expected = PORT_CASES[title]
    assert str(Policies.read(policies).allowed(CLUSTER["y/b"], CLUSTER["x/a"])) == expected


def test_a_named_port_of_an_egress_rule_is_the_servers() -> None:
    policies = Policies.read([out(ports=[{"port": "serve-80-tcp"}])])
    assert str(policies.allowed(CLUSTER["x/a"], CLUSTER["y/a"])) == "80/TCP"
    assert not policies.allowed(CLUSTER["x/a"], Outsider(ip_address("198.51.100.1"), "outside"))


@pytest.mark.parametrize(
    ("spec", "isolated"),
    [
        ({}, (True, False)),
        ({"policyTypes": []}, (True, False)),
        ({"ingress": [{}]}, (True, False)),
        ({"egress": [{}]}, (True, True)),
        ({"egress": []}, (True, False)),
        ({"policyTypes": ["Egress"]}, (False, True)),
        ({"policyTypes": ["Egress"], "ingress": [{}]}, (False, True)),
        ({"policyTypes": ["Ingress"], "egress": [{}]}, (True, False)),
        ({"policyTypes": ["Ingress", "Egress"]}, (True, True)),
    ],
)
def test_policy_types_are_filled_in_as_the_api_server_does(spec: Thing, isolated: tuple[bool, bool]) -> None:
    judged = Policies.read([{"metadata": {"namespace": "x", "name": "p"}, "spec": {"podSelector": {}, **spec}}])
    assert (judged.isolated(CLUSTER["x/a"], "ingress"), judged.isolated(CLUSTER["x/a"], "egress")) == isolated
    assert not judged.isolated(CLUSTER["y/a"], "ingress")


def test_a_pod_on_the_hosts_network_is_its_node() -> None:
    at = ip_address("192.0.2.9")
    node = Pod("x", "agent", {"pod": "b"}, NAMESPACES["x"], (at,), PORTS, host_network=True)
    judged = Policies.read([denied("Ingress", "Egress"), into({"podSelector": B}), out(of=A)])
    assert not any(judged.isolated(node, each) for each in DIRECTIONS)
    assert not judged.allowed(node, CLUSTER["x/a"])
    assert Policies.read([into({"ipBlock": {"cidr": "192.0.2.0/28"}})]).allowed(node, CLUSTER["x/a"]) == EVERY
    assert judged.allowed(node, node) == EVERY
