"""NetworkPolicies for tests: a naive reading of them that shares no code with golive's, and how to make them up."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import strategies as st

NAMESPACES = {"x": {"ns": "x", "team": "a"}, "y": {"ns": "y", "team": "a"}, "z": {"ns": "z"}}
"""As upstream's tests have them: three namespaces, with labels."""
PORTS = (("http", "TCP", 80), ("alt", "TCP", 81), ("dns", "UDP", 80), ("wide", "TCP", 9000))
"""Name, protocol and number of what every pod may listen on."""

Thing = dict[str, Any]


def reaches(policies: list[Thing], source: Thing, destination: Thing, protocol: str, port: int) -> bool:
    """Whether one connection is allowed, word by word as the documentation has it. Ends: ``pod`` or ``outsider``."""
    if source is destination:
        return True
    port_of = destination, protocol, port
    out = _side(policies, source, destination, ("Egress", "egress", "to"), port_of)
    return out and _side(policies, destination, source, ("Ingress", "ingress", "from"), port_of)


def _side(
    policies: list[Thing], own: Thing, other: Thing, words: tuple[str, str, str], port_of: tuple[Thing, str, int]
) -> bool:
    kind, rules, whom = words
    if own["namespace"] is None or own["host"]:
        return True
    about = []
    for policy in policies:
        spec = policy["spec"]
        kinds = list(spec.get("policyTypes", []))
        if not kinds:
            kinds.append("Ingress")
            if spec.get("egress"):
                kinds.append("Egress")
        same = policy["metadata"]["namespace"] == own["namespace"]
        if same and kind in kinds and _selected(spec["podSelector"], own["labels"]):
            about.append(spec)
    if not about:
        return True
    for spec in about:
        for rule in spec.get(rules) or []:
            whom_ok = not rule.get(whom) or any(_is(peer, own, other) for peer in rule[whom])
            port_ok = not rule.get("ports") or any(_fits(each, *port_of) for each in rule["ports"])
            if whom_ok and port_ok:
                return True
    return False


def _is(peer: Thing, own: Thing, other: Thing) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        address = ipaddress.ip_address(other["ip"])
        inside = address in ipaddress.ip_network(block["cidr"])
        return inside and not any(address in ipaddress.ip_network(each) for each in block.get("except", []))
    if other["namespace"] is None or other["host"]:
        return False
    if "namespaceSelector" in peer and not _selected(peer["namespaceSelector"], NAMESPACES[other["namespace"]]):
        return False
    if "namespaceSelector" not in peer and other["namespace"] != own["namespace"]:
        return False
    return "podSelector" not in peer or _selected(peer["podSelector"], other["labels"])


def _fits(rule: Thing, server: Thing, protocol: str, port: int) -> bool:
    if rule.get("protocol", "TCP") != protocol:
        return False
    if "port" not in rule:
        return True
    if isinstance(rule["port"], str):
        return any(name == rule["port"] and of == protocol and n == port for name, of, n in server["ports"])
    first: int = rule["port"]
    last: int = rule.get("endPort", first)
    return first <= port <= last


def _selected(selector: Thing, labels: dict[str, str]) -> bool:
    for key, value in selector.get("matchLabels", {}).items():
        if key not in labels or labels[key] != value:
            return False
    for each in selector.get("matchExpressions", []):
        there = each["key"] in labels
        listed = there and labels[each["key"]] in each.get("values", [])
        good = {"In": listed, "NotIn": not listed, "Exists": there, "DoesNotExist": not there}[each["operator"]]
        if not good:
            return False
    return True


# how to make them up

VALUES = st.sampled_from(["a", "b", "c"])
LABELS = st.dictionaries(st.sampled_from(["pod", "tier"]), VALUES, max_size=2)


def _expressions(keys: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[Thing]:
    key = st.sampled_from(keys)
    listed = st.lists(values, min_size=1, max_size=2, unique=True)
    among = st.fixed_dictionaries({"key": key, "operator": st.sampled_from(["In", "NotIn"]), "values": listed})
    there = st.fixed_dictionaries({"key": key, "operator": st.sampled_from(["Exists", "DoesNotExist"])})
    return among | there


def _selectors(keys: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[Thing]:
    return st.fixed_dictionaries(
        {},
        optional={
            "matchLabels": st.dictionaries(st.sampled_from(keys), values, max_size=2),
            "matchExpressions": st.lists(_expressions(keys, values), max_size=2),
        },
    )


PODS = _selectors(["pod", "tier"], VALUES)
SPACES = _selectors(["ns", "team"], st.sampled_from(["x", "y", "z", "a"]))
BLOCKS = st.sampled_from(
    [
        {"cidr": "0.0.0.0/0"},
        {"cidr": "::/0"},
        {"cidr": "10.0.0.0/24"},
        {"cidr": "10.0.0.0/24", "except": ["10.0.0.0/28"]},
        {"cidr": "203.0.113.0/24", "except": ["203.0.113.8/29", "203.0.113.128/25"]},
    ]
)
PEERS = (
    st.fixed_dictionaries({"podSelector": PODS})
    | st.fixed_dictionaries({"namespaceSelector": SPACES})
    | st.fixed_dictionaries({"podSelector": PODS, "namespaceSelector": SPACES})
    | st.fixed_dictionaries({"ipBlock": BLOCKS})
)
PORT_RULES = st.sampled_from(
    [
        {"port": 80},
        {"protocol": "TCP", "port": "http"},
        {"port": "alt"},
        {"protocol": "UDP", "port": 80},
        {"protocol": "UDP"},
        {"protocol": "SCTP", "port": 80},
        {"port": 79, "endPort": 81},
        {"port": 8000, "endPort": 9000},
        {"protocol": "UDP", "port": "dns"},
        {"port": "nobody"},
    ]
)


def _rules(whom: str) -> st.SearchStrategy[list[Thing]]:
    few = {whom: st.lists(PEERS, max_size=2), "ports": st.lists(PORT_RULES, max_size=2)}
    return st.lists(st.fixed_dictionaries({}, optional=few), max_size=2)


POLICIES: st.SearchStrategy[Thing] = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries({"namespace": st.sampled_from(list(NAMESPACES)), "name": st.just("one")}),
        "spec": st.fixed_dictionaries(
            {"podSelector": PODS},
            optional={
                "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
                "ingress": _rules("from"),
                "egress": _rules("to"),
            },
        ),
    }
)
SOME: st.SearchStrategy[list[Thing]] = st.lists(POLICIES, max_size=5)
IN_PODS: st.SearchStrategy[Thing] = st.fixed_dictionaries(
    {
        "namespace": st.sampled_from(list(NAMESPACES)),
        "labels": LABELS,
        "ip": st.sampled_from(["10.0.0.5", "10.0.0.77", "10.0.9.1", "fd00::5"]),
        "ports": st.lists(st.sampled_from(PORTS), max_size=3, unique=True),
        "host": st.sampled_from([False, False, True]),
    }
)
OUTSIDE: st.SearchStrategy[Thing] = st.fixed_dictionaries(
    {
        "namespace": st.none(),
        "labels": st.just({}),
        "ip": st.sampled_from(["203.0.113.1", "203.0.113.9", "203.0.113.200", "198.51.100.1", "2001:db8::1"]),
        "ports": st.just([]),
        "host": st.sampled_from([False]),
    }
)
